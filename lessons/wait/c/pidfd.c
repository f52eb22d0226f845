/* pidfds. The demonstrations of pidfd.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void two_in_turn(void) {
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(0);
        waitpid(child, NULL, 0);
    }
}

void no_wait(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    if (write(1, "no wait\n", 8) == -1)  // ① the child has ended
        err(1, "write");
}

int pidfd_open(pid_t pid) {
    return syscall(SYS_pidfd_open, pid, 0);
}

/* clone3(2) with set_tid: only root may do this. */
pid_t fork_as(pid_t pid) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    arguments.set_tid = (uintptr_t)&pid;
    arguments.set_tid_size = 1;
    return syscall(SYS_clone3, &arguments, sizeof arguments);
}

void kill_a_stranger(void) {
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in first
        _exit(0);
    int handle = pidfd_open(first);
    if (handle == -1)
        err(1, "pidfd_open");
    waitpid(first, NULL, 0);
    pid_t stranger = fork_as(first);  // the same pid again
    if (stranger == -1)
        err(1, "clone3");
    if (stranger == 0)  // in stranger
        pause();
    if (syscall(SYS_pidfd_send_signal, handle, SIGTERM, NULL, 0) == -1) {
        if (errno == ESRCH)
            kill(first, SIGTERM);
    }
}

void wait_like_a_server(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(7);  // ① the child is alive
    }
    int handle = pidfd_open(child);
    if (handle == -1)
        err(1, "pidfd_open");
    fd_set handles;
    FD_ZERO(&handles);
    FD_SET(handle, &handles);
    if (select(handle + 1, &handles, NULL, NULL, NULL) == -1)
        err(1, "select");
    if (write(1, "readable\n", 9) == -1)  // ② the child has ended
        err(1, "write");
    waitid(P_PIDFD, handle, &info, WEXITED);
}

/* three_deaths is not compared: the record has the pid of a child in it. */

void three_deaths(void) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    int signals = signalfd(-1, &chld, SFD_CLOEXEC);
    if (signals == -1)
        err(1, "signalfd");
    fd_set handles;
    FD_ZERO(&handles);
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(0);
        int handle = pidfd_open(child);
        if (handle == -1)
            err(1, "pidfd_open");
        FD_SET(handle, &handles);
        siginfo_t info;
        waitid(P_PIDFD, handle, &info, WEXITED | WNOWAIT);
    }
    // ① all three have ended
    char text[4096];
    long records = read(signals, text, sizeof text) / 128;
    struct timeval now = {0, 0};
    int readable = select(FD_SETSIZE, &handles, NULL, NULL, &now);
    printf("%ld record, %d pidfds\n", records, readable);
    fflush(stdout);
}
