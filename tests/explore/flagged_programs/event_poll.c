#include "course.h"

int main(void) {
    int p[2];
    pipe(p);
    int both = epoll_create1(0);
    struct epoll_event one = {.events = EPOLLIN};
    epoll_ctl(both, EPOLL_CTL_ADD, p[0], &one);
    if (fork() == 0) { epoll_wait(both, &one, 1, 0); _exit(0); }
    write(p[1], "x", 1);
    say(epoll_wait(both, &one, 1, 0) == 1 ? "1" : "0");
    wait(NULL);
}
