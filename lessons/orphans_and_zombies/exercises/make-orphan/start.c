#include <stdio.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
        printf("%d\n", (int)getppid());
        /* Wait until the parent has ended. Then print both pids on one line. */
        return 0;
    }
    return 0;
}
