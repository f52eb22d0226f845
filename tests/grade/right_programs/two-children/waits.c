// right: waitid that leaves the zombie, then waitpid | cc -DWAY=0 -o $@ $<
// right: wait3 | cc -DWAY=1 -o $@ $<
// right: wait4 with the resource usage | cc -DWAY=2 -o $@ $<
// right: waitpid of a process group | cc -DWAY=3 -o $@ $<
// right: waitpid that would tell of stops, too | cc -DWAY=4 -o $@ $<
// right: waitpid with WNOHANG, and a nap in between | cc -DWAY=5 -o $@ $<
// right: system calls without the C library's functions | cc -DWAY=6 -o $@ $<
// right: statuses by shifts | cc -DWAY=7 -o $@ $<
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WNOWAIT_FIRST, WAIT3, WAIT4, GROUP, STOPS, NAPS, RAW, SHIFTS };

static pid_t collect(int *status) {
    struct rusage used;
    siginfo_t news;
    struct timespec nap = {0, 2000000};
    switch (WAY) {
    case WNOWAIT_FIRST:
        if (waitid(P_ALL, 0, &news, WEXITED | WNOWAIT))
            return -1;
        return waitpid(news.si_pid, status, 0);
    case WAIT3: return wait3(status, 0, &used);
    case WAIT4: return wait4(-1, status, 0, &used);
    case GROUP: return waitpid(0, status, 0);
    case STOPS: return waitpid(-1, status, WUNTRACED | WCONTINUED);
    case RAW: return syscall(SYS_wait4, -1, status, 0, NULL);
    case NAPS:
        for (pid_t pid;; nanosleep(&nap, NULL))
            if ((pid = waitpid(-1, status, WNOHANG)) != 0)
                return pid;
    default: return wait(status);
    }
}

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        pid_t pid = WAY == RAW ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
        if (pid == 0)
            syscall(SYS_exit_group, atoi(words[i]));
    }
    for (int i = 1, status; i < count; i++) {
        pid_t pid = collect(&status);
        printf("%d %d\n", (int)pid, WAY == SHIFTS ? status >> 8 & 255 : WEXITSTATUS(status));
    }
}
