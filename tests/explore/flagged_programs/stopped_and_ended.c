#include "course.h"

/* SIGVTALRM ends the child at once if it is on a processor. If not, SIGSTOP stops it first. */
int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0)
        for (;;) pause();
    kill(child, SIGSTOP);
    kill(child, SIGVTALRM);
    waitpid(child, &status, WUNTRACED);
    say(WIFSTOPPED(status) ? "stopped" : "ended");
    kill(child, SIGKILL);
}
