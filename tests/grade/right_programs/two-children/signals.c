// right: signalfd | cc -DWAY=0 -o $@ $<
// right: signalfd and poll | cc -DWAY=1 -o $@ $<
// right: sigwaitinfo | cc -DWAY=2 -o $@ $<
// right: sigtimedwait | cc -DWAY=3 -o $@ $<
// right: a handler and sigsuspend | cc -DWAY=4 -o $@ $<
// right: a handler that writes to a pipe | cc -DWAY=5 -o $@ $<
// right: ppoll with a mask | cc -DWAY=6 -o $@ $<
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALFD, SIGNALFD_POLL, SIGWAITINFO, SIGTIMEDWAIT, SIGSUSPEND, SELF_PIPE, PPOLL };
static int wake[2];

static void note(int number) {
    int before = errno;
    (void)number;
    if (WAY == SELF_PIPE && write(wake[1], "", 1) < 0)
        _exit(3);
    errno = before;
}

int main(int count, char **words) {
    sigset_t child, before;
    int left = count - 1, news = -1;
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (WAY == SELF_PIPE && pipe2(wake, O_CLOEXEC | O_NONBLOCK))
        return 1;
    else if (WAY != SELF_PIPE)
        sigprocmask(SIG_BLOCK, &child, &before);
    if (WAY >= SIGSUSPEND)
        sigaction(SIGCHLD, &action, NULL);
    if (WAY <= SIGNALFD_POLL)
        news = signalfd(-1, &child, SFD_CLOEXEC);
    for (int i = 1; i < count; i++)
        if (fork() == 0)
            _exit(atoi(words[i]));
    while (left > 0) {
        struct signalfd_siginfo told;
        struct pollfd in = {WAY == SELF_PIPE ? wake[0] : news, POLLIN, 0};
        struct timespec long_enough = {600, 0};
        switch (WAY) {
        case SIGNALFD_POLL:
            poll(&in, 1, -1);  // fall through
        case SIGNALFD:
            if (read(news, &told, sizeof told) < 0)
                return 1;
            break;
        case SIGWAITINFO: sigwaitinfo(&child, NULL); break;
        case SIGTIMEDWAIT: sigtimedwait(&child, NULL, &long_enough); break;
        case SIGSUSPEND: sigsuspend(&before); break;
        case PPOLL: ppoll(NULL, 0, NULL, &before); break;
        default: {
            char bytes[16];
            poll(&in, 1, -1);
            if (read(wake[0], bytes, sizeof bytes) < 0 && errno != EAGAIN)
                return 1;
        }
        }
        // Two ends may be one signal.
        for (int status, pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; left--)
            printf("%d %d\n", pid, WEXITSTATUS(status));
    }
}
