#include "course.h"

// The handler has a stack of its own, and changes a variable of the interrupted function.
static int *changed;
static char stack[1 << 16];

static void change(int number) {
    *changed = number;
}

int main(void) {
    int seen = 0;
    volatile int *value = &seen;
    changed = &seen;
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, 0);
    struct sigaction action = {.sa_handler = change, .sa_flags = SA_ONSTACK};
    sigfillset(&action.sa_mask);
    sigaction(SIGUSR1, &action, 0);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    say(*value ? "y" : "n");
    while (wait(0) < 0)
        ;
    say(*value ? "e" : "?");
}
