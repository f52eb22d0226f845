#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t children[2];
    // BEGIN SOLUTION
    struct pollfd ends[2];
    // END SOLUTION
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == -1) {
            perror("fork");
            return 1;
        }
        if (children[i] == 0) {
    // BEGIN SOLUTION
            pause();
            _exit(0);
        }
        ends[i].fd = (int)syscall(SYS_pidfd_open, children[i], 0);
        if (ends[i].fd == -1) {
            perror("pidfd_open");
            return 1;
        }
        ends[i].events = POLLIN;
    }
    for (int left = 2; left > 0;) {
        if (poll(ends, 2, -1) == -1) {
            if (errno == EINTR)
                continue;
            perror("poll");
            return 1;
        }
        for (int i = 0; i < 2; i++) {
            if (ends[i].fd < 0 || ends[i].revents == 0)
                continue;
            int status;
            if (waitpid(children[i], &status, 0) == -1) {
                perror("waitpid");
                return 1;
            }
            printf("%d %d\n", (int)children[i], WTERMSIG(status));
            fflush(stdout);
            close(ends[i].fd);
            ends[i].fd = -1; /* poll ignores a negative descriptor */
            left--;
        }
    }
    // INSTEAD
    //         pause(); /* until a signal ends it */
    //         _exit(0);
    //     }
    // }
    // /* As soon as one of the two has ended: collect it, and print its pid and its signal.
    //    syscall(SYS_pidfd_open, pid, 0) returns a descriptor of a process. */
    // (void)children;
    // END SOLUTION
    return 0;
}
