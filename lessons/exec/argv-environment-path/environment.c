#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    setenv("A", "parent", 1);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        char *words[] = {"env", NULL}, *environment[] = {"B=2", NULL};
        setenv("A", "child", 1);
        execve("/usr/bin/env", words, environment);
        perror("/usr/bin/env");
        _exit(127);
    }
    waitpid(child, NULL, 0);
    printf("A is %s\n", getenv("A"));
    fflush(stdout);
}
