/* Signals that queue. The demonstrations of signals_with_data.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void send_four(void) {
    int low = SIGRTMIN, high = SIGRTMIN + 1, number;
    int order[] = {high, low, high, low};
    struct timespec at_once = {0, 0};
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, low);
    sigaddset(&both, high);
    sigprocmask(SIG_BLOCK, &both, NULL);
    for (int i = 0; i < 4; i++)
        kill(getpid(), order[i]);
    while ((number = sigtimedwait(&both, NULL, &at_once)) > 0) {
        if (number == low)
            write(1, "low ", 4);
        else
            write(1, "high ", 5);
    }
}

void report(void) {
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

void no_room(void) {
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

void report_to(void) {
    struct timespec at_once = {0, 0};
    siginfo_t info;
    sigset_t queued;
    pid_t receiver = getpid();
    sigemptyset(&queued);
    sigaddset(&queued, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &queued, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        for (int number = 1; number <= 4; number *= 2) {
            union sigval value = {.sival_int = number};
            sigqueue(receiver, SIGRTMIN, value);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    while (sigtimedwait(&queued, &info, &at_once) == SIGRTMIN)
        dprintf(1, "%d ", info.si_value.sival_int);
}
