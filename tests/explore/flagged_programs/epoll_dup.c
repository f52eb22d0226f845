#include "course.h"

int main(void) {
    int p[2], one = epoll_create1(0), all = dup(one);
    struct epoll_event event = {.events = EPOLLIN};
    pipe(p);
    epoll_ctl(one, EPOLL_CTL_ADD, p[0], &event);
    if (fork() == 0) { write(p[1], "x", 1); _exit(0); }
    close(all);
    say(epoll_wait(one, &event, 1, 0) == 1 ? "1" : "0");
    wait(NULL);
}
