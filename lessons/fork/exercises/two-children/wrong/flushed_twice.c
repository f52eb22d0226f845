/* fails: told */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    int go[2], status;
    (void)argc;
    if (pipe(go) == -1) {
        perror("pipe");
        return 1;
    }
    pid_t first = fork();
    if (first == -1) {
        perror("fork");
        return 1;
    }
    if (first == 0) {
        char byte;
        close(go[1]);
        read(go[0], &byte, 1);
        _exit(atoi(argv[1]));
    }
    // Its line, before it has ended, in a buffer that the second child inherits.
    printf("%d %s\n", first, argv[1]);
    pid_t second = fork();
    if (second == -1) {
        perror("fork");
        return 1;
    }
    if (second == 0)
        exit(atoi(argv[2]));
    close(go[1]);
    waitpid(first, &status, 0);
    waitpid(second, &status, 0);
    printf("%d %d\n", second, WEXITSTATUS(status));
    return 0;
}
