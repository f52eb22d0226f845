#include "course.h"

/* Two pipes by select: which one is ready first is a race; both may be ready. */
int main(void) {
    int a[2], b[2];
    pipe(a);
    pipe(b);
    if (fork() == 0) { close(b[1]); write(a[1], "a", 1); _exit(0); }
    if (fork() == 0) { close(a[1]); write(b[1], "b", 1); _exit(0); }
    fd_set both;
    FD_ZERO(&both);
    FD_SET(a[0], &both);
    FD_SET(b[0], &both);
    select(b[0] + 1, &both, NULL, NULL, NULL);
    say_char(FD_ISSET(a[0], &both) ? 'a' : '-');
    say_char(FD_ISSET(b[0], &both) ? 'b' : '-');
}
