/* The loop ends when the handler has run, at any point of the parent. */
#include "course.h"

static volatile int is_told;

static void tell(int signal) {
    (void)signal;
    is_told = 1;
}

int main(void) {
    signal(SIGUSR1, tell);
    pid_t child = fork();
    if (child == 0) {
        while (!is_told) {}
        say("c");
        _exit(0);
    }
    say("a");
    kill(child, SIGUSR1);
    say("b");
    wait(NULL);
}
