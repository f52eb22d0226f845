#include "course.h"
#include <sys/prctl.h>

// The kernel keeps the name that the handler sets; the program asks for it twice.
static void rename_process(int number) {
    (void)number;
    prctl(PR_SET_NAME, "new");
}

int main(void) {
    char name[2][17] = {"", ""};
    prctl(PR_SET_NAME, "old");
    signal(SIGUSR1, rename_process);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    prctl(PR_GET_NAME, name[0]);
    prctl(PR_GET_NAME, name[1]);
    while (wait(0) < 0)
        ;
    write(1, name[0], 1);
    write(1, name[1], 1);
}
