#include "course.h"

// The handler restores what it changes, and uses no variable.
static void collect(int number) {
    int before = errno;
    (void)number;
    while (waitpid(-1, 0, WNOHANG) > 0)
        say("H");
    errno = before;
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
