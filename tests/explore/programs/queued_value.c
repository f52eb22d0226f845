/* If two signals with values are sent, the first one that is pending keeps its value. */
#include "course.h"

int main(void) {
    int parent = getpid();
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int number = 1; number <= 2; number++)
        if (fork() == 0) {
            sigqueue(parent, SIGUSR1, (union sigval){.sival_int = number});
            _exit(0);
        }
    while (wait(NULL) > 0) {}
    sigwaitinfo(&set, &info);
    say(info.si_value.sival_int == 1 ? "1" : info.si_value.sival_int == 2 ? "2" : "?");
}
