#include "course.h"

/* Two ends may send one SIGCHLD: collecting one child for each signal is not enough. */
volatile int collected;
void handler(int number) { (void)number; if (wait(NULL) > 0) collected++; }

int main(void) {
    sigset_t blocked, none;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGCHLD, handler);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) _exit(0);
    while (collected < 2) sigsuspend(&none);
    say("e");
}
