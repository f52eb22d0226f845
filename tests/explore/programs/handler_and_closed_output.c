#include "course.h"

// While the output is closed, the handler's text is lost.
static void tell(int number) {
    (void)number;
    write(1, "h", 1);
}

int main(void) {
    signal(SIGUSR1, tell);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    int copy = dup(1);
    close(1);
    dup2(copy, 1);
    while (wait(0) < 0)
        ;
    write(1, "e", 1);
}
