#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    // BEGIN SOLUTION
    const char *text = argc == 2 ? argv[1] : "";
    char *end;
    long seconds = strtol(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end != '\0' || strlen(text) > 2 || seconds > 60) {
        fprintf(stderr, "%s: %s: a number of seconds from 0 to 60 is needed\n", argv[0], text);
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
    if (waitpid(pid, NULL, 0) == -1) {
        perror("waitpid");
        return 1;
    }
    // INSTEAD
    // if (argc != 2)
    //     return 2;
    // unsigned seconds = atoi(argv[1]);
    // pid_t child = fork();
    // if (child == -1) {
    //     perror("fork");
    //     return 1;
    // }
    // if (child == 0) {
    //     sleep(seconds);
    //     _exit(0);
    // }
    // /* No call waits for the child yet, and nothing is validated. */
    // END SOLUTION
    return 0;
}
