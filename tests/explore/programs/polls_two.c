#include "course.h"

/* Which pipe is ready first is a race; both may be ready. One ends without data. */
int main(void) {
    int a[2], b[2];
    pipe(a);
    pipe(b);
    if (fork() == 0) { close(b[1]); write(a[1], "a", 1); _exit(0); }
    if (fork() == 0) { close(b[1]); _exit(0); }
    close(a[1]);
    close(b[1]);
    struct pollfd both[2] = {{a[0], POLLIN, 0}, {b[0], POLLIN, 0}};
    poll(both, 2, -1);
    say_char(both[0].revents & POLLIN ? 'a' : '-');
    say_char(both[1].revents & POLLHUP ? 'b' : '-');
}
