#include "course.h"
/* poll looks at one pipe after the other: it may find only what was written last. */

int main(void) {
    int a[2], b[2];
    pipe(a);
    pipe(b);
    if (fork() == 0) {
        write(a[1], "a", 1);
        write(b[1], "b", 1);
        _exit(0);
    }
    struct pollfd waits[2] = {{a[0], POLLIN, 0}, {b[0], POLLIN, 0}};
    poll(waits, 2, -1);
    if (waits[0].revents) say("a");
    if (waits[1].revents) say("b");
    wait(NULL);
}
