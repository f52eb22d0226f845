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

int main(void) {
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
