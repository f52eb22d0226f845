#include "course.h"
/* One event at a time: a pipe that was told of goes behind the others, and keeps its place there. */

int main(void) {
    int a[2], b[2], both = epoll_create1(0);
    pipe(a);
    pipe(b);
    struct epoll_event one = {.events = EPOLLIN, .data.u32 = 'a'};
    epoll_ctl(both, EPOLL_CTL_ADD, a[0], &one);
    one.data.u32 = 'b';
    epoll_ctl(both, EPOLL_CTL_ADD, b[0], &one);
    if (fork() == 0) { write(b[1], "x", 1); _exit(0); }
    write(a[1], "x", 1);
    for (int i = 0; i < 3; i++) {
        epoll_wait(both, &one, 1, -1);
        say_char(one.data.u32);
    }
    wait(NULL);
    char byte;
    read(a[0], &byte, 1);
    write(a[1], "x", 1);
    for (int i = 0; i < 2; i++) {
        epoll_wait(both, &one, 1, -1);
        say_char(one.data.u32);
    }
}
