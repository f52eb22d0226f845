// right: pselect | cc -DWAY=0 -o $@ $<
// right: ppoll | cc -DWAY=1 -o $@ $<
// right: epoll_pwait | cc -DWAY=2 -o $@ $<
// right: signalfd | cc -DWAY=3 -o $@ $<
// right: signalfd and poll | cc -DWAY=4 -o $@ $<
// right: sigwait | cc -DWAY=5 -o $@ $<
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PSELECT, PPOLL, EPOLL_PWAIT, SIGNALFD, SIGNALFD_POLL, SIGWAIT };
static volatile sig_atomic_t is_ready;

static void note(int number) {
    (void)number;
    is_ready = 1;
}

static int wait_for_signal(const sigset_t *mask, const sigset_t *before) {
    struct signalfd_siginfo told;
    struct epoll_event event;
    int number, source = WAY == EPOLL_PWAIT ? epoll_create1(0) : -1;
    if (WAY == SIGNALFD || WAY == SIGNALFD_POLL) {
        source = signalfd(-1, mask, 0);
        struct pollfd news = {source, POLLIN, 0};
        if (WAY == SIGNALFD_POLL)
            poll(&news, 1, -1);
        return read(source, &told, sizeof told) < 0;
    }
    if (WAY == SIGWAIT)
        return sigwait(mask, &number);
    while (!is_ready) {
        if (WAY == PSELECT)
            pselect(0, NULL, NULL, NULL, NULL, before);
        else if (WAY == PPOLL)
            ppoll(NULL, 0, NULL, before);
        else
            epoll_pwait(source, &event, 1, -1, before);
    }
    return 0;
}

int main(void) {
    sigset_t mask, before;
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, &before);
    sigaction(SIGUSR1, &action, NULL);
    pid_t worker = fork();
    if (worker == 0) {
        pause();
        _exit(0);
    }
    if (wait_for_signal(&mask, &before))
        return 1;
    printf("ready\n");
    fflush(stdout);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
    return 0;
}
