// right: pidfds and poll | cc -DWAY=0 -o $@ $<
// right: pidfds and epoll | cc -DWAY=1 -o $@ $<
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int main(int count, char **words) {
    struct pollfd ends[2];
    int many = epoll_create1(EPOLL_CLOEXEC);
    if (count != 3)
        return 2;
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(atoi(words[i + 1]));
        ends[i].fd = syscall(SYS_pidfd_open, pid, 0);
        ends[i].events = POLLIN;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = i};
        epoll_ctl(many, EPOLL_CTL_ADD, ends[i].fd, &event);
    }
    for (int left = 2; left > 0;) {
        struct epoll_event ready[2];
        int number = WAY ? epoll_wait(many, ready, 2, -1) : poll(ends, 2, -1);
        for (int k = 0; k < (WAY ? number : 2); k++) {
            int i = WAY ? ready[k].data.fd : k;
            siginfo_t news;
            if ((!WAY && !(ends[i].revents & POLLIN)) || waitid(P_PIDFD, ends[i].fd, &news, WEXITED))
                continue;
            printf("%d %d\n", (int)news.si_pid, news.si_status);
            // The second child has a copy of the first pidfd: closing it does not remove it.
            epoll_ctl(many, EPOLL_CTL_DEL, ends[i].fd, NULL);
            close(ends[i].fd);
            ends[i].fd = -1;
            left--;
        }
    }
}
