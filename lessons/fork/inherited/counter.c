#include <err.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
