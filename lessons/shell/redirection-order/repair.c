#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[4096];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        dup2(1, 2);  // errors
        dup2(write_end, 1);  // output
        execlp("sh", "sh", "-c", "echo out; echo err >&2", (char *)NULL);
        perror("sh");
        _exit(127);
    }
    close(write_end);
    ssize_t length = 0, taken;
    while ((taken = read(read_end, text, sizeof text)) > 0)
        length += taken;
    waitpid(child, NULL, 0);
    printf("%zd bytes\n", length);
    fflush(stdout);
}
