#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char byte;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (fcntl(read_end, F_SETFL, O_NONBLOCK) == -1)
            _exit(1);
        if (read(read_end, &byte, 1) == -1 && errno == EAGAIN)
            write(1, "no data yet", 11);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (read(read_end, &byte, 1) == -1)
        err(1, "read");
}
