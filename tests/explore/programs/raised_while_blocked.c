#include "course.h"

static void handler(int number) { (void)number; say("H"); }

/* A blocked signal that a process sends to itself arrives when it is unblocked; a child does not inherit it. */
int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    signal(SIGUSR1, handler);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    if (fork() == 0) { sigprocmask(SIG_UNBLOCK, &set, NULL); say("c"); raise(SIGUSR1); _exit(0); }
    say("1");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    wait(NULL);
    say("p");
}
