#include "course.h"

/* The second signal may end the child before the handler of the first begins, which would block it. */
static void first(int number) { (void)number; say("H"); }

int main(void) {
    struct sigaction action = {.sa_handler = first};
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = fork();
    if (child == 0)
        for (;;) pause();
    kill(child, SIGUSR1);
    kill(child, SIGUSR2);
    wait(NULL);
}
