#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    char byte;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);  // closes the pipe
        perror("sleep");
        _exit(127);
    }
    close(write_end);
    read(read_end, &byte, 1);  // end of file: the exec is done
    if (setpgid(job, job) == -1 && write(1, "too late\n", 9) == -1)
        err(1, "write");
}
