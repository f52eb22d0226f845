#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s CODE CODE\n", argv[0]);
        return 2;
    }
    // BEGIN SOLUTION
    long codes[2];
    for (int i = 0; i < 2; i++) {
        char *end;
        codes[i] = strtol(argv[i + 1], &end, 10);
        if (end == argv[i + 1] || *end != '\0' || codes[i] < 0 || codes[i] > 255) {
            fprintf(stderr, "%s: %s: a number from 0 to 255 is needed\n", argv[0], argv[i + 1]);
            return 2;
        }
    }
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == -1) {
            perror("fork");
            return 1;
        }
        if (pid == 0)
            _exit((int)codes[i]);
    }
    for (int i = 0; i < 2; i++) {
        int status;
        pid_t pid = wait(&status);
        if (pid == -1) {
            perror("wait");
            return 1;
        }
        printf("%d %d\n", (int)pid, WEXITSTATUS(status));
    }
    // INSTEAD
    // /* Make two children; the first ends with the first number, the second with the second.
    //    Then collect both, and print a line for each: its pid and its exit status. */
    // END SOLUTION
    return 0;
}
