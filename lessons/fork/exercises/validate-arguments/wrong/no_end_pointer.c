/* fails: trailing */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    long seconds = argc == 2 ? strtol(argv[1], NULL, 10) : -1;
    if (argc != 2 || seconds < 0 || seconds > 60 || argv[1][0] < '0' || argv[1][0] > '9') {
        fprintf(stderr, "a number from 0 to 60 is needed\n");
        return 2;
    }
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        sleep(seconds);
        _exit(0);
    }
    wait(NULL);
    return 0;
}
