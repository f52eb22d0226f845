/* Waiting for several things. The demonstrations of event_loop.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int pidfd_of(pid_t pid) {
    return syscall(SYS_pidfd_open, pid, 0);
}

void wait_for_one(void) {
    int status;
    pid_t busy = fork();
    if (busy == -1)
        err(1, "fork");
    if (busy == 0)  // in busy
        pause();
    pid_t done = fork();
    if (done == -1)
        err(1, "fork");
    if (done == 0)  // in done
        _exit(3);
    waitpid(busy, &status, 0);
    waitpid(done, &status, 0);
}

void wait_for_both(void) {
    pid_t busy = fork();
    if (busy == -1)
        err(1, "fork");
    if (busy == 0)  // in busy
        pause();
    pid_t done = fork();
    if (done == -1)
        err(1, "fork");
    if (done == 0)  // in done
        _exit(3);
    struct pollfd loop[] = {{pidfd_of(busy), POLLIN, 0},
                            {pidfd_of(done), POLLIN, 0}};
    if (poll(loop, 2, -1) == -1)
        err(1, "poll");
    int ready = loop[loop[0].revents == 0].fd;
    siginfo_t info;
    waitid(P_PIDFD, ready, &info, WEXITED);  // ①
    printf("status %d\n", info.si_status);
    fflush(stdout);
    waitpid(busy, NULL, 0);
}

void output_and_end(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int out = ends[0], into = ends[1];
    pid_t worker = fork();
    if (worker == -1)
        err(1, "fork");
    if (worker == 0) {  // in the worker
        pid_t helper = fork();
        if (helper == -1)
            _exit(1);
        if (helper != 0)
            _exit(write(into, "result", 6) == 6 ? 0 : 1);
        pause();  // in the helper
    }
    close(into);
    int end = pidfd_of(worker);
    if (end == -1)
        err(1, "pidfd_open");
    fd_set ended;
    FD_ZERO(&ended);
    FD_SET(end, &ended);
    if (select(end + 1, &ended, NULL, NULL, NULL) == -1)
        err(1, "select");
    char text[100];
    ssize_t count = read(out, text, sizeof text);
    if (count == -1)
        err(1, "read");
    printf("%.*s\n", (int)count, text);
    fflush(stdout);
    waitpid(worker, NULL, 0);
}

/* await_both is about Python itself: the event loop is that of asyncio. */
/* both_ends is about Python itself: it is a coroutine. */
