#include "course.h"

// A handler of SIGCHLD that matters: neither test is true if a child ends between them.
static volatile sig_atomic_t came;

static void note(int number) {
    came = number;
}

int main(void) {
    char seen[2] = {'0', '0'};
    signal(SIGCHLD, note);
    if (fork() == 0)
        _exit(0);
    if (came)
        seen[0] = '1';
    if (!came)
        seen[1] = '1';
    wait(0);
    write(1, seen, 2);
}
