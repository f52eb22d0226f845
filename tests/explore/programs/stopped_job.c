#include "course_stops.h"

/* A shell's view of a job that is stopped, and continued. */
int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        say("a");
        say("b");
        _exit(3);
    }
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    say_change(status);
    if (WIFSTOPPED(status)) {
        kill(child, SIGCONT);
        waitpid(child, &status, 0);
        say_change(status);
    }
}
