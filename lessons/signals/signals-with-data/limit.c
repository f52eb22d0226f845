#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void) {
    struct rlimit none = {0, 0};
    union sigval seven = {.sival_int = 7};
    siginfo_t info;
    sigset_t rtmin;
    sigemptyset(&rtmin);
    sigaddset(&rtmin, SIGRTMIN);
    setrlimit(RLIMIT_SIGPENDING, &none);
    sigprocmask(SIG_BLOCK, &rtmin, NULL);
    if (sigqueue(getpid(), SIGRTMIN, seven) == 0) {
        sigwaitinfo(&rtmin, &info);
        dprintf(1, "received %d", info.si_value.sival_int);
    } else if (errno == EAGAIN) {
        write(1, "EAGAIN", 6);
    }
}
