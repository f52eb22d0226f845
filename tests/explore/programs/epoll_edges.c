#include "course.h"
/* The child writes twice. By edges, each write is told of once, or both are told of as one. */

int main(void) {
    int a[2], all = epoll_create1(0);
    struct epoll_event one = {.events = EPOLLIN | EPOLLET};
    pipe(a);
    epoll_ctl(all, EPOLL_CTL_ADD, a[0], &one);
    if (fork() == 0) {
        write(a[1], "x", 1);
        write(a[1], "x", 1);
        _exit(0);
    }
    epoll_wait(all, &one, 1, -1);
    say_char('0' + epoll_wait(all, &one, 1, 0));
    wait(NULL);
    say_char('0' + epoll_wait(all, &one, 1, 0));
}
