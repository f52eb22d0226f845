#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t children[2];
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == -1) {
            perror("fork");
            return 1;
        }
        if (children[i] == 0) {
            pause(); /* until a signal ends it */
            _exit(0);
        }
    }
    /* As soon as one of the two has ended: collect it, and print its pid and its signal.
       syscall(SYS_pidfd_open, pid, 0) returns a descriptor of a process. */
    (void)children;
    return 0;
}
