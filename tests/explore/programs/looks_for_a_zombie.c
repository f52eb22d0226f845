#include "course.h"

/* A process that ignores SIGCHLD too late has a zombie, for which kill() never fails. */
int main(void) {
    int child = fork();
    if (child == 0) { say("c"); _exit(0); }
    signal(SIGCHLD, SIG_IGN);
    while (kill(child, 0) == 0) {}
    say("p");
}
