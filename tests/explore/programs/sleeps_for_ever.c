#include "course.h"

int main(void) {
    if (fork() == 0) for (;;) sleep(1);
    say("p");
}
