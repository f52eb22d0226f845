#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    char text[99];
    if (pipe2(ends, O_CLOEXEC) == -1)  // both are close-on-exec
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        execlp("sleep", "sleep", "1000", (char *)NULL);
        dprintf(write_end, "%s", strerror(errno));
        _exit(127);
    }
    close(write_end);
    ssize_t count = read(read_end, text, sizeof text);
    if (count == -1)
        err(1, "read");
    if (count > 0)
        printf("%.*s\n", (int)count, text);
    else
        printf("end of file\n");
}
