/* Process 1 of a container. The program to fix in pid_1.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void leave(int number) {
    (void)number;
    _exit(0);
}

int main(void) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) == -1)
        err(1, "unshare");
    pid_t init = fork();
    if (init == -1)
        err(1, "fork");
    if (init == 0) {  // process 1 of the container
        dprintf(1, "%d", getpid());
        pause();
    }
    waitpid(init, NULL, 0);
}
