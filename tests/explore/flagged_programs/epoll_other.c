#include "course.h"

int main(void) {
    int all = epoll_create1(0), inner = epoll_create1(0);
    struct epoll_event one = {.events = EPOLLIN};
    epoll_ctl(all, EPOLL_CTL_ADD, inner, &one);
    if (fork() == 0) _exit(0);
    say(epoll_wait(all, &one, 1, 0) == 1 ? "1" : "0");
    wait(NULL);
}
