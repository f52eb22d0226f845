#include "course.h"

// The loop polls the flag; only the handler ends it.
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
    while (!came)
        ;
    say("e");
}
