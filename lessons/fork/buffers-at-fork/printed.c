#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    printf("before\n");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    printf("after\n");
    if (child != 0)  // in the parent
        waitpid(child, NULL, 0);
}
