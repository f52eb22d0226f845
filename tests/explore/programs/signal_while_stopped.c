#include "course_stops.h"

/* A signal that arrived while it was stopped acts before its next operation. */
static volatile int got;
static void note(int signal) { (void)signal; got = 1; }

int main(void) {
    signal(SIGUSR1, note);
    pid_t child = fork();
    if (child == 0) {
        say("a");
        say(got ? "g" : "n");
        _exit(0);
    }
    int status;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    if (WIFSTOPPED(status)) {
        kill(child, SIGUSR1);
        say("u");
        kill(child, SIGCONT);
    }
    wait(NULL);
}
