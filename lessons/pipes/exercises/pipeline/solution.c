#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

static int ends[2];

static pid_t start(char **command, int from, int to) {
    pid_t pid = fork();
    if (pid == -1)
        perror("fork");
    if (pid != 0)
        return pid;
    dup2(from, to);
    close(ends[0]);
    close(ends[1]);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}
// END SOLUTION

int main(int argc, char *argv[]) {
    int middle = 1;
    while (middle < argc && strcmp(argv[middle], "--") != 0)
        middle++;
    if (middle == 1 || middle + 1 >= argc) {
        fprintf(stderr, "usage: %s FIRST... -- SECOND...\n", argv[0]);
        return 2;
    }
    argv[middle] = NULL;
    // BEGIN SOLUTION
    if (pipe(ends) == -1) {
        perror("pipe");
        return 1;
    }
    if (start(argv + 1, ends[1], 1) == -1)
        return 1;
    pid_t last = start(argv + middle + 1, ends[0], 0);
    close(ends[0]);
    close(ends[1]);
    int status, code = 1; /* if the second program could not start */
    for (pid_t pid; (pid = wait(&status)) > 0;)
        if (pid == last)
            code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return code;
    // INSTEAD
    // char **first = argv + 1, **second = argv + middle + 1;
    // /* Run `first | second`. */
    // (void)first;
    // (void)second;
    // return 0;
    // END SOLUTION
}
