#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t left = fork();
    if (left == -1)
        err(1, "fork");
    if (left == 0) {
        if (dup2(write_end, 1) == -1)
            err(1, "dup2");
        execlp("seq", "seq", "20000", (char *)NULL);  // 108894 bytes
        perror("seq");
        _exit(127);
    }
    pid_t right = fork();
    if (right == -1)
        err(1, "fork");
    if (right == 0) {
        if (dup2(read_end, 0) == -1)
            err(1, "dup2");
        execlp("tail", "tail", "-n", "1", (char *)NULL);
        perror("tail");
        _exit(127);
    }
    close(read_end);
    close(write_end);
    waitpid(left, NULL, 0);
    waitpid(right, NULL, 0);
}
