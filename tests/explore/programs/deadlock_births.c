/* All processes wait for ever; P1.1 and P2 are born in either order. */
#include "course.h"

int main(void) {
    int a[2], b[2];
    char c;
    pipe(a);
    pipe(b);
    if (fork() == 0) {
        say("1");
        if (fork() == 0) {
            say("g");
            read(a[0], &c, 1);
            _exit(0);
        }
        read(b[0], &c, 1);
        _exit(0);
    }
    say("p");
    if (fork() == 0) {
        say("s");
        read(a[0], &c, 1);
        _exit(0);
    }
    wait(NULL);
}
