/* fails: told */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
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
        int status;
        pid_t pid = wait(&status);
        printf("%d %d\n", (int)pid, status); /* the word, not the code in it */
    }
    return 0;
}
