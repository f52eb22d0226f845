#include "course.h"

/* Who ignores SIGCHLD has no zombies, and wait() finds nobody. */
int main(void) {
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) { say("c"); _exit(0); }
    say(wait(NULL) == -1 && errno == ECHILD ? "-" : "?");
}
