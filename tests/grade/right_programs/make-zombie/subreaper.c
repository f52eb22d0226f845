// right: pidfds, a pipe, and a subreaper that adopts its grandchild
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t done;

static void reap(int signal) {
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        done = 1;
}

static void shows_it(int code) {
    pid_t child = fork();
    if (child == 0)
        _exit(code);
    struct pollfd ending = {syscall(SYS_pidfd_open, child, 0), POLLIN, 0};
    while (poll(&ending, 1, -1) != 1) {
    }
    char path[40], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", child);
    FILE *status = fopen(path, "r");
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "State:", 6) == 0)
            printf("%d %c\n", child, line[7]);
    fclose(status);
    fflush(stdout);
    waitpid(child, NULL, 0);
}

static void ignores_it(int code) {
    int ends[2];
    char byte;
    signal(SIGCHLD, SIG_IGN);
    if (pipe(ends) == 0 && fork() == 0)
        _exit(code);
    close(ends[1]);
    while (read(ends[0], &byte, 1) > 0) {
    }
    while (wait(NULL) > 0) {
    }
}

static void handles_it(int code) {
    sigset_t block, before;
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    sigprocmask(SIG_BLOCK, &block, &before);
    sigaction(SIGCHLD, &action, NULL);
    if (fork() == 0)
        _exit(code);
    while (!done)
        sigsuspend(&before);
}

static void adopts_it(int code) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) {
        if (fork() == 0)
            _exit(code);
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
}

int main(int count, char **words) {
    (void)count;
    int code = atoi(words[2]);
    switch (words[1][0]) {
    case 'w': shows_it(code); break;
    case 'i': ignores_it(code); break;
    case 'h': handles_it(code); break;
    default: adopts_it(code);
    }
    return 0;
}
