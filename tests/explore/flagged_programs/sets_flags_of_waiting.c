#include "course.h"
/* O_NONBLOCK belongs to the open file description, which both processes share. */

int main(void) {
    int ends[2];
    char byte;
    pipe(ends);
    if (fork() == 0) {
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        write(ends[1], "x", 1);
        _exit(0);
    }
    say(fcntl(ends[0], F_GETFL) & O_NONBLOCK ? "n" : "b");
    say(read(ends[0], &byte, 1) == 1 ? "x" : "-");
    wait(NULL);
}
