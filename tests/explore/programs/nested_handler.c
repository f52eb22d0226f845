#include "course.h"

/* SA_NODEFER: a signal may interrupt its own handler. */
static void told(int number) { (void)number; say("("); say(")"); }

int main(int argc, char **argv) { (void)argv;
    struct sigaction action = {.sa_handler = told, .sa_flags = argc > 1 ? 0 : SA_NODEFER};
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
        say("c");
        _exit(0);
    }
    kill(child, SIGUSR1);
    kill(child, SIGUSR1);
    wait(NULL);
}
