#include "course.h"

// Without a child left, waitpid changes errno, which the program may be about to read.
static void collect(int number) {
    (void)number;
    while (waitpid(-1, 0, WNOHANG) > 0)
        say("H");
}

int main(void) {
    signal(SIGCHLD, collect);
    if (fork() == 0)
        _exit(0);
    say("p");
    while (wait(0) < 0 && errno != ECHILD)
        ;
    say("e");
}
