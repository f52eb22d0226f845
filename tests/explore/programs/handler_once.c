#include "course.h"

/* SA_RESETHAND: the second signal has the default action. */
void handler(int number) { (void)number; say("H"); }

int main(void) {
    int child, status;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESETHAND};
    sigaction(SIGUSR1, &action, NULL);
    if ((child = fork()) == 0) { raise(SIGUSR1); raise(SIGUSR1); say("no"); _exit(0); }
    wait(&status);
    say_status(status);
}
