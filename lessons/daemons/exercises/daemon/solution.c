#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

enum { LOCK = 3, READY = 4 };

/* Wait until the daemon writes “ready”, or the reason why it ends. */
static int wait_until_ready(int read_end, pid_t middle, const char *path) {
    char text[200] = "the daemon ended before it was ready";
    waitpid(middle, NULL, 0);
    ssize_t size = read(read_end, text, sizeof text - 1);
    if (size > 0)
        text[size] = '\0';
    if (strcmp(text, "ready") == 0)
        return 0;
    fprintf(stderr, "daemon: %s: %s\n", path, text);
    return 1;
}

static void fail(int write_end, const char *reason) {
    dprintf(write_end, "%s", reason);
    _exit(1);
}

/* Reset what fork and exec keep: signal settings, environment, umask. */
static void forget_the_caller(void) {
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    clearenv();
    umask(027);
}

static void take_pid_file(int file, int write_end) {
    if (flock(file, LOCK_EX | LOCK_NB) == -1)
        fail(write_end, errno == EWOULDBLOCK ? "one is running already" : strerror(errno));
    if (ftruncate(file, 0) == -1)
        fail(write_end, strerror(errno));
    if (dprintf(file, "%d\n", (int)getpid()) < 0)
        fail(write_end, strerror(errno));
}

/* Redirect 0, 1 and 2 to /dev/null, keep the pid file and the pipe, and close all others. */
static void keep(int file, int write_end) {
    int null = open("/dev/null", O_RDWR);
    if (null == -1)
        fail(write_end, strerror(errno));
    /* First move both to numbers that dup2 does not use below. */
    file = fcntl(file, F_DUPFD, 10);
    write_end = fcntl(write_end, F_DUPFD, 10);
    for (int number = 0; number < 3; number++)
        dup2(null, number);
    dup2(file, LOCK);
    dup2(write_end, READY);
    syscall(SYS_close_range, READY + 1, ~0U, 0);
}

int main(int argc, char *argv[]) {
    int ends[2];
    if (argc != 2) {
        fprintf(stderr, "usage: %s PIDFILE\n", argv[0]);
        return 2;
    }
    if (pipe(ends) == -1) {
        perror("pipe");
        return 1;
    }
    pid_t middle = fork();
    if (middle == -1) {
        perror("fork");
        return 1;
    }
    if (middle != 0) {
        close(ends[1]);
        return wait_until_ready(ends[0], middle, argv[1]);
    }
    setsid();
    pid_t daemon = fork();
    if (daemon == -1)
        fail(ends[1], strerror(errno));
    if (daemon != 0)
        _exit(0);
    forget_the_caller();
    int file = open(argv[1], O_RDWR | O_CREAT, 0666); /* before chdir: the path may be relative */
    if (file == -1)
        fail(ends[1], strerror(errno));
    if (chdir("/") == -1)
        fail(ends[1], strerror(errno));
    take_pid_file(file, ends[1]);
    keep(file, ends[1]);
    if (write(READY, "ready", 5) == -1)
        _exit(1);
    close(READY);
    for (;;)
        pause();
// INSTEAD
// int main(int argc, char *argv[]) {
//     if (argc != 2) {
//         fprintf(stderr, "usage: %s PIDFILE\n", argv[0]);
//         return 2;
//     }
//     pid_t daemon = fork();
//     if (daemon == -1) {
//         perror("fork");
//         return 1;
//     }
//     if (daemon != 0)
//         return 0; /* too early: no process knows yet whether there will be a daemon */
//     /* Become a daemon. Lock the pid file, write your pid into it, and say that you are ready. */
//     pause();
//     return 0;
// END SOLUTION
}
