#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
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

/* clone3(2) with set_tid: only root may do this. */
pid_t fork_as(pid_t pid) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    arguments.set_tid = (uintptr_t)&pid;
    arguments.set_tid_size = 1;
    return syscall(SYS_clone3, &arguments, sizeof arguments);
}

int main(void) {
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
