#define _GNU_SOURCE
#include <err.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int pidfd_open(pid_t pid) {
    return syscall(SYS_pidfd_open, pid, 0);
}

int main(void) {
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
