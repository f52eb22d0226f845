#include "course.h"

/* One write end is closed, its duplicate is not. */
int main(void) {
    int p[2];
    char byte;
    pipe(p);
    dup(p[1]);
    if (fork() == 0) { say("c"); _exit(0); }
    close(p[1]);
    read(p[0], &byte, 1);
    say("never");
}
