/* What a child inherits. The demonstrations of inherited.py, in C. */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

void asked_in_both(void) {
    char in_parent[PATH_MAX], in_child[PATH_MAX];
    if (chdir("/") == -1)
        err(1, "chdir");
    if (getcwd(in_parent, sizeof in_parent) == NULL)
        err(1, "getcwd");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (getcwd(in_child, sizeof in_child) == NULL)
            _exit(1);
        printf("child:  %s\n", in_child);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("parent: %s\n", in_parent);
    fflush(stdout);
}

void counter(void) {
    eventfd_t value;
    struct epoll_event readable = {.events = EPOLLIN};
    int number = eventfd(0, 0);  // a counter in the kernel
    int watch = epoll_create1(0);
    if (number == -1 || watch == -1)
        err(1, "eventfd, epoll_create1");
    if (epoll_ctl(watch, EPOLL_CTL_ADD, number, &readable) == -1)
        err(1, "epoll_ctl");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        // sleeps until the counter is not 0
        epoll_wait(watch, &readable, 1, -1);
        eventfd_read(number, &value);
        dprintf(1, "%d", (int)value);
        _exit(0);
    }
    eventfd_write(number, 5);
    waitpid(child, NULL, 0);
    close(watch);
}
