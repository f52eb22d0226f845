/* Prints its children's pids, and other numbers. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int child = fork();
    if (child == 0) {
        dprintf(1, "I am %d, my parent %d\n", getpid(), getppid());
        _exit(0);
    }
    wait(0);
    dprintf(1, "%d, child %d, year 2026, 3.14159\n", getpid(), child);
    return 0;
}
