#include "course_stops.h"

/* Stops and continuations send SIGCHLD, unless the parent sets SA_NOCLDSTOP (argument 1). */
static void told(int signal) { (void)signal; say("h"); }

int main(int argc, char **argv) { (void)argv;
    struct sigaction action = {.sa_handler = told, .sa_flags = SA_RESTART | (argc > 1 ? SA_NOCLDSTOP : 0)};
    sigaction(SIGCHLD, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    int status;
    waitpid(child, &status, WUNTRACED);
    say_change(status);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    say_change(status);
}
