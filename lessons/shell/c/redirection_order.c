/* The order of redirections. The demonstration of redirection_order.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void both_into_the_file(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        int f = open("f", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (f == -1)
            err(1, "f");
        if (dup2(f, 1) == -1)  // >f
            err(1, "dup2");
        if (dup2(1, 2) == -1)  // 2>&1
            err(1, "dup2");
        close(f);
        if (write(1, "out\n", 4) == -1)  // ① ready for the program
            _exit(1);
        _exit(write(2, "err\n", 4) == 4 ? 0 : 1);
    }
    waitpid(child, NULL, 0);
}

void count_both(void) {
    char text[4096];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        dup2(write_end, 1);  // output
        dup2(1, 2);  // errors
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
