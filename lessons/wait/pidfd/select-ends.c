#define _GNU_SOURCE
#include <err.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int pidfd_open(pid_t pid) {
    return syscall(SYS_pidfd_open, pid, 0);
}

int main(void) {
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
