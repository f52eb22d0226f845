#include "course.h"

/* A signal that is blocked does not end pause. */
int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (fork() == 0) { kill(getppid(), SIGUSR1); _exit(0); }
    say("p");
    pause();
    say("?");
}
