#include "course.h"

// The child is lost from SIGTERM on: SIGKILL comes too late, and what follows SIGTERM, too.
int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        say("p");
        pause();
        _exit(0);
    }
    kill(child, SIGTERM);
    kill(child, SIGKILL);
    kill(child, SIGINT);
    wait(&status);
    dprintf(1, "%d", WTERMSIG(status));
}
