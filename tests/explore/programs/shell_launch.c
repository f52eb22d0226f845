#include "course.h"

/* Parent and child both put the child into its group: the second call has no effect. */
int main(void) {
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        say(getpgrp() == getpid() ? "g" : "?");
        execl("/bin/true", "true", NULL);
    }
    say(setpgid(child, child) == 0 ? "y" : errno == EACCES ? "a" : "?");
    wait(NULL);
}
