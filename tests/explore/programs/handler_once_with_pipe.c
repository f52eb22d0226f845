#include "course.h"

/* SA_RESETHAND: the handler runs for the first signal, also in a process that holds a pipe. */
static void handle(int signal) { (void)signal; say("h"); }

int main(void) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESETHAND};
    int ends[2], status;
    pipe(ends);
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
        say("c");
        _exit(0);
    }
    kill(child, SIGUSR1);
    waitpid(child, &status, 0);
    say(WIFSIGNALED(status) ? "k" : "e");
}
