#include "course.h"

/* A variable that was never set shows what a handler left on the stack, if one has run. */
static void handler(int signal) {
    volatile char mark[4096];
    (void)signal;
    for (unsigned i = 0; i < sizeof mark; i++) mark[i] = 7;
}

__attribute__((noinline)) static int is_marked(void) {
    volatile char never_set[4096];
    int marks = 0;
    __asm__ volatile("" : "=m"(never_set)); /* no warning */
    for (unsigned i = 0; i < sizeof never_set / 2; i++) marks += never_set[i] == 7;
    return marks > 100;
}

int main(void) {
    signal(SIGUSR1, handler);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    getppid();
    say_char('0' + is_marked());
    while (wait(NULL) < 0) continue;
}
