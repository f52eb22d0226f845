#include "course.h"

/* A zombie is in its group, and may be moved, until it has been waited for. */
int main(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    say(getpgid(child) == getpgrp() ? "g" : "?");
    say(setpgid(child, child) == 0 && getpgid(child) == child ? "y" : "n");
    wait(NULL);
    say(getpgid(child) < 0 && errno == ESRCH ? "-" : "?");
    say(setpgid(child, child) < 0 && errno == ESRCH ? "-" : "?");
}
