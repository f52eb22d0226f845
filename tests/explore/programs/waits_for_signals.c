#include "course.h"

/* sigwait takes blocked signals one by one, lowest number first; no wakeup is lost. */
int main(void) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 2; i++) {
            sigwait(&set, &number);
            say(number == SIGUSR1 ? "1" : "2");
        }
        _exit(0);
    }
    kill(child, SIGUSR2);
    kill(child, SIGUSR1);
    wait(NULL);
}
