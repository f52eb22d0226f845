#include "course.h"

int main(void) {
    int p[2], all = epoll_create1(0);
    char byte;
    struct epoll_event one = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    pipe(p);
    epoll_ctl(all, EPOLL_CTL_ADD, p[0], &one);
    if (fork() == 0) { write(p[1], "x", 1); _exit(0); }
    
    say(epoll_wait(all, &one, 1, 0) == 1 ? "1" : "0");
    say_char('0' + (read(p[0], &byte, 1) == 1));
    wait(NULL);
}
