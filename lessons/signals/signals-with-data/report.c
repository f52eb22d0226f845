#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    struct timespec at_once = {0, 0};
    siginfo_t info;
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        for (int number = 1; number <= 4; number *= 2) {
            union sigval value = {.sival_int = number};
            sigqueue(getppid(), SIGUSR1, value);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    while (sigtimedwait(&usr1, &info, &at_once) == SIGUSR1)
        dprintf(1, "%d ", info.si_value.sival_int);
}
