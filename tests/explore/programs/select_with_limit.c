#include "course.h"

/* The timeout expires before the byte arrives, or after it; a file is always ready. */
int main(void) {
    int a[2], file = open("data", O_RDONLY);
    pipe(a);
    if (fork() == 0) { write(a[1], "a", 1); _exit(0); }
    fd_set asked;
    FD_ZERO(&asked);
    FD_SET(a[0], &asked);
    struct timeval time = {2, 0};
    int count = select(a[0] + 1, &asked, NULL, NULL, &time);
    say(count == 0 && !FD_ISSET(a[0], &asked) && time.tv_sec == 0 ? "late" : count == 1 ? "in" : "?");
    struct pollfd both[2] = {{file, POLLIN, 0}, {a[0], POLLIN, 0}};
    count = poll(both, 2, 100);
    say(count == 2 ? "+2" : both[0].revents == POLLIN && both[1].revents == 0 ? "+1" : "?");
}
