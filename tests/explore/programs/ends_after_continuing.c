#include "course_stops.h"

/* A child that has begun to end is no longer reported as continued, even before it is a zombie. */
int main(void) {
    int ends[2], status;
    char byte;
    pipe(ends);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        write(ends[1], "x", 1);
        _exit(0);
    }
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    read(ends[0], &byte, 1);
    if (waitpid(child, &status, WNOHANG | WCONTINUED) == 0) say("-");
    else say_change(status);
    while (waitpid(child, &status, 0) > 0) say_change(status);
}
