#include "course.h"

volatile int collected;
void handler(int number) { (void)number; while (waitpid(-1, NULL, WNOHANG) > 0) collected++; }

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
