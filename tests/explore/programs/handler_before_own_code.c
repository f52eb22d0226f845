#include "course.h"
#include <signal.h>

// The child's signal may arrive before or after the parent tests the flag.
static volatile sig_atomic_t came;

static void note(int number) {
    came = number;
}

int main(void) {
    signal(SIGUSR1, note);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    say(came ? "early" : "late");
    wait(0);
    say(came ? "noted" : "never");
}
