#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status;
    if (open("log", O_CREAT | O_WRONLY, 0600) == -1)
        err(1, "log");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        printf("goodbye\n");  // into a buffer
        _exit(42);  // ① the child is alive
    }
    waitpid(child, &status, 0);  // ② the child has ended
}
