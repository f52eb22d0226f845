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
    write(1, "no wait\n", 8);  // ① the child has ended
}

int pidfd_open(pid_t pid) {
    return syscall(SYS_pidfd_open, pid, 0);
}

/* clone3(2) with set_tid, for root alone. */
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
    if (first == 0)  // in the first
        _exit(0);
    int handle = pidfd_open(first);
    waitpid(first, NULL, 0);
    pid_t stranger = fork_as(first);  // the same pid again
    if (stranger == -1)
        err(1, "clone3");
    if (stranger == 0)  // in the stranger
        pause();
    if (syscall(SYS_pidfd_send_signal, handle, SIGTERM, NULL, 0) == -1) {
        if (errno == ESRCH)
            kill(first, SIGTERM);
    }
}

void wait_like_a_server(void) {
    siginfo_t news;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(7);  // ① the child is alive
    }
    int handle = pidfd_open(child);
    fd_set handles;
    FD_ZERO(&handles);
    FD_SET(handle, &handles);
    select(handle + 1, &handles, NULL, NULL, NULL);
    write(1, "readable\n", 9);  // ② the child has ended
    waitid(P_PIDFD, handle, &news, WEXITED);
}

/* three_deaths is not compared: the record has the pid of a child in it. */

void three_deaths(void) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    int news = signalfd(-1, &chld, SFD_CLOEXEC);
    fd_set handles;
    FD_ZERO(&handles);
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(0);
        int handle = pidfd_open(child);
        FD_SET(handle, &handles);
    }
    // ① all three have ended
    char text[4096];
    long records = read(news, text, sizeof text) / 128;
    struct timeval now = {0, 0};
    int readable = select(FD_SETSIZE, &handles, NULL, NULL, &now);
    printf("%ld record, %d pidfds\n", records, readable);
    fflush(stdout);
}
