#include "course.h"
#include <sys/statfs.h>

int main(void) {
    struct statfs now;
    statfs(".", &now);
    say("x");
}
