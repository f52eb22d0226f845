#include "course.h"
/* The end of the parent closes the pipe, then orphans the group: stopped in between, the child is
   killed by SIGHUP. Later, SIGTSTP has no effect. */

int main(void) {
    int ends[2];
    char byte;
    pipe(ends);
    if (fork() == 0) {
        close(ends[1]);
        read(ends[0], &byte, 1);
        raise(SIGTSTP);
        say("c");
    }
}
