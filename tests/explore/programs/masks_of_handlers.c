#include "course.h"

/* sa_mask blocks the second signal in the first one's handler; without it (argument 1) it may interrupt. */
static void first(int number) { (void)number; say("("); say(")"); }
static void second(int number) { (void)number; say("2"); }

int main(int argc, char **argv) { (void)argv;
    struct sigaction action = {.sa_handler = first};
    if (argc == 1) sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGUSR2, second);
    pid_t child = fork();
    if (child == 0) {
        say(".");
        _exit(0);
    }
    kill(child, SIGUSR1);
    kill(child, SIGUSR2);
    wait(NULL);
}
