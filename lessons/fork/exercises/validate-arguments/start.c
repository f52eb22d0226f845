#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2)
        return 2;
    unsigned seconds = atoi(argv[1]);
    pid_t child = fork();
    if (child == -1) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
        sleep(seconds);
        _exit(0);
    }
    /* No call waits for the child yet, and nothing is validated. */
    return 0;
}
