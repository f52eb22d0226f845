#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int write_end = ends[1];
    int size = fcntl(write_end, F_GETPIPE_SZ);
    fcntl(write_end, F_SETFL, O_NONBLOCK);
    char *bytes = calloc(2097152, 1);
    if (bytes == NULL)
        err(1, "calloc");
    ssize_t taken = write(write_end, bytes, 2097152);
    if (taken == -1)
        err(1, "write");
    printf("%zd of %d\n", taken, size);
    fflush(stdout);
}
