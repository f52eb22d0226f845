#include "course.h"

/* Who ignores SIGCHLD too late has a zombie, which kill() finds for ever. */
int main(void) {
    int child = fork();
    if (child == 0) { say("c"); _exit(0); }
    signal(SIGCHLD, SIG_IGN);
    while (kill(child, 0) == 0) {}
    say("p");
}
