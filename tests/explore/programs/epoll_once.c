#include "course.h"
/* What is told of once is watched for nothing, until epoll_ctl says so again. */

int main(void) {
    int a[2], all = epoll_create1(0);
    struct epoll_event one = {.events = EPOLLIN | EPOLLONESHOT};
    pipe(a);
    epoll_ctl(all, EPOLL_CTL_ADD, a[0], &one);
    if (fork() == 0) {
        write(a[1], "x", 1);
        write(a[1], "x", 1);
        _exit(0);
    }
    say_char('0' + epoll_wait(all, &one, 1, -1));
    say_char('0' + epoll_wait(all, &one, 1, 0));
    wait(NULL);
    say_char('0' + epoll_wait(all, &one, 1, 0));
    one.events = EPOLLIN | EPOLLONESHOT;
    epoll_ctl(all, EPOLL_CTL_MOD, a[0], &one);
    say_char('0' + epoll_wait(all, &one, 1, 0));
}
