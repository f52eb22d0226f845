#include "course.h"
/* One process waits for two pipes by epoll, and prints bytes as they arrive. */

static void watch(int both, int end) {
    struct epoll_event one = {.events = EPOLLIN, .data.fd = end};
    epoll_ctl(both, EPOLL_CTL_ADD, end, &one);
}

int main(void) {
    int a[2], b[2], both = epoll_create1(0);
    pipe(a);
    if (fork() == 0) { write(a[1], "a", 1); _exit(0); }
    close(a[1]);
    pipe(b);
    if (fork() == 0) { close(a[0]); write(b[1], "b", 1); _exit(0); }
    close(b[1]);
    watch(both, a[0]);
    watch(both, b[0]);
    for (int left = 2; left > 0;) {
        struct epoll_event found[2];
        int ready = epoll_wait(both, found, 2, -1);
        say_char('0' + ready);
        for (int i = 0; i < ready; i++) {
            char byte;
            if (read(found[i].data.fd, &byte, 1) == 1) {
                say_char(byte);
            } else {
                epoll_ctl(both, EPOLL_CTL_DEL, found[i].data.fd, NULL);
                left--;
            }
        }
    }
}
