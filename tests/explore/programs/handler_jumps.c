#include "course.h"
#include <setjmp.h>

// The handler never returns: it jumps out of the interrupted code.
static sigjmp_buf place;
static volatile int half;

static void leave(int number) {
    siglongjmp(place, number);
}

int main(void) {
    signal(SIGUSR1, leave);
    if (sigsetjmp(place, 1) != 0) {
        say(half ? "h" : "e");
        _exit(0);
    }
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    half = 1;
    half = 0;
    wait(0);
    say("w");
}
