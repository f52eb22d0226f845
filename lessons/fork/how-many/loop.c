#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void collect_all(void) {
    while (wait(NULL) != -1 || errno != ECHILD)  // until no child is left
        continue;
}

int main(void) {
    for (int task = 1; task <= 3; task++) {
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0)  // in a worker
            dprintf(1, "task %d\n", task);
    }
    collect_all();
}
