#include "course.h"
/* Sixteen pages fill a pipe: the next write waits until a page was read. */

static char page[4096];

int main(void) {
    int ends[2];
    pipe(ends);
    if (fork() == 0) {
        for (int i = 0; i < 16; i++) write(ends[1], page, sizeof page);
        say("f");
        write(ends[1], "x", 1);
        say("w");
        _exit(0);
    }
    close(ends[1]);
    say("r");
    while (read(ends[0], page, sizeof page) > 0) {}
    wait(NULL);
}
