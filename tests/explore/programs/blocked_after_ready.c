#include "course.h"

/* Blocking a signal is a step: the signal may arrive just before it. */
void handler(int number) { (void)number; say("H"); }

int main(void) {
    int p[2], child;
    char byte;
    sigset_t set;
    pipe(p);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if ((child = fork()) == 0) {
        signal(SIGUSR1, handler);
        write(p[1], "r", 1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        say("c");
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        _exit(0);
    }
    read(p[0], &byte, 1);
    kill(child, SIGUSR1);
    wait(NULL);
}
