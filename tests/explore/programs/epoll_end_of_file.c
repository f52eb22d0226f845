#include "course.h"
/* What epoll_wait says of a pipe: 1 bytes, 2 its end. Its time may be over at any moment. */

int main(void) {
    int ends[2], all = epoll_create(1);
    pipe(ends);
    if (fork() == 0) { write(ends[1], "x", 1); _exit(0); }
    close(ends[1]);
    struct epoll_event one = {.events = EPOLLIN, .data.u64 = 1};
    epoll_ctl(all, EPOLL_CTL_ADD, ends[0], &one);
    int found = epoll_wait(all, &one, 1, 1000);
    say_char(found ? '0' + !!(one.events & EPOLLIN) + 2 * !!(one.events & EPOLLHUP) : 't');
    wait(NULL);
    found = epoll_wait(all, &one, 1, -1);
    say_char('0' + !!(one.events & EPOLLIN) + 2 * !!(one.events & EPOLLHUP));
    char byte;
    read(ends[0], &byte, 1);
    found = epoll_wait(all, &one, 1, -1);
    say_char('0' + !!(one.events & EPOLLIN) + 2 * !!(one.events & EPOLLHUP));
    close(ends[0]);
    say_char('0' + epoll_wait(all, &one, 1, 0));
}
