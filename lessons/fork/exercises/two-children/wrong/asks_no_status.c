/* fails: told */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s CODE CODE\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        pid_t pid = fork();
        if (pid == -1) {
            perror("fork");
            return 1;
        }
        if (pid == 0)
            _exit(atoi(argv[i]));
    }
    for (int i = 1; i < argc; i++) {
        wait(NULL);
    }
    return 0;
}
