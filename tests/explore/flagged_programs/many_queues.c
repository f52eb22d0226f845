#include "course.h"
#include <mqueue.h>
/* A user has 800 kB for queues, and each of these takes 80. */

int main(void) {
    char name[] = "/a";
    for (; name[1] <= 'z' && mq_open(name, O_CREAT | O_RDWR, 0600, NULL) >= 0; name[1]++) {}
    say(name[1] <= 'z' ? "no more" : "all");
}
