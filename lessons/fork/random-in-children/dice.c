#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    srandom(1);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0) {  // in a child
            dprintf(1, "%ld ", random() % 1000000);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}
