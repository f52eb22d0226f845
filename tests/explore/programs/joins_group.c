#include "course.h"

/* A group exists while it has a process, even a zombie. */
int main(void) {
    pid_t leader = fork();
    if (leader == 0) {
        setpgid(0, 0);
        _exit(0);
    }
    pid_t child = fork();
    if (child == 0) {
        say(setpgid(0, leader) == 0 ? "j" : errno == EPERM ? "e" : "?");
        _exit(0);
    }
    waitpid(leader, NULL, 0);
    say("l");
    wait(NULL);
}
