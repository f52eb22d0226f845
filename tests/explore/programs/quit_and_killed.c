#include "course.h"

// SIGQUIT dumps core: until it is delivered, SIGKILL may still decide the status.
int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    kill(child, SIGQUIT);
    kill(child, SIGKILL);
    wait(&status);
    dprintf(1, "%d", WTERMSIG(status));
}
