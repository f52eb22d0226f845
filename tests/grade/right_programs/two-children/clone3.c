// right: clone3
// right: clone3 that returns pidfds | cc -DWITH_PIDFD=1 -o $@ $<
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#ifndef WITH_PIDFD
#define WITH_PIDFD 0
#endif

int main(int count, char **words) {
    int ends[2] = {-1, -1};
    if (count != 3)
        return 2;
    for (int i = 0; i < 2; i++) {
        struct clone_args how = {.exit_signal = SIGCHLD};
        if (WITH_PIDFD) {
            how.flags = CLONE_PIDFD;
            how.pidfd = (uintptr_t)&ends[i];
        }
        if (syscall(SYS_clone3, &how, sizeof how) == 0)
            _exit(atoi(words[i + 1]));
    }
    for (int i = 0; i < 2; i++) {
        siginfo_t news;
        if (waitid(WITH_PIDFD ? P_PIDFD : P_ALL, WITH_PIDFD ? ends[i] : 0, &news, WEXITED))
            return 1;
        printf("%d %d\n", (int)news.si_pid, news.si_status);
    }
}
