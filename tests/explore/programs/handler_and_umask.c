#include "course.h"

// The handler is called between two calls that no other process can notice.
static volatile sig_atomic_t found;

static void look(int number) {
    (void)number;
    found = umask(022);
    umask(found);
}

int main(void) {
    umask(022);
    signal(SIGUSR1, look);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    umask(0);
    umask(022);
    wait(0);
    dprintf(1, "%o", found);
}
