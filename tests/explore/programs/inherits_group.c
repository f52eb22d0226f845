#include "course.h"

/* A grandchild inherits its parent's group at the fork. */
int main(void) {
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            say(getpgrp() == getppid() ? "c" : "p");
            _exit(0);
        }
        wait(NULL);
        _exit(0);
    }
    setpgid(child, child);
    wait(NULL);
}
