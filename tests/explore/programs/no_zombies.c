#include "course.h"

/* A process that ignores SIGCHLD has no zombies, and wait() finds no child. */
int main(void) {
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) { say("c"); _exit(0); }
    say(wait(NULL) == -1 && errno == ECHILD ? "-" : "?");
}
