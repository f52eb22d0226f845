#include "course.h"

/* A process asleep in waitpid(0, …) is not woken when its child leaves the group. */
int main(void) {
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        _exit(0);
    }
    say(waitpid(0, NULL, 0) == child ? "y" : "-");
}
