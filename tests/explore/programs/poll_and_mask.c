#include "course.h"

int main(void) {
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (fork() == 0) { say("c"); _exit(0); }
    while (waitpid(-1, NULL, WNOHANG) == 0) {
        sigprocmask(SIG_BLOCK, &set, &before);
        if (sigismember(&before, SIGUSR1)) { say("x"); break; }
        sigemptyset(&before);
    }
    wait(NULL);
}
