#include "course.h"

// The child may be killed before, in or after its handler.
static void tell(int number) {
    (void)number;
    say("(");
    say(")");
}

int main(void) {
    signal(SIGUSR1, tell);
    pid_t child = fork();
    while (child == 0)
        pause();
    kill(child, SIGUSR1);
    kill(child, SIGKILL);
    wait(0);
    say("K");
}
