/* A full pipe. The demonstrations of full_pipe.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void fill(void) {
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

void wait_first(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    int room = fcntl(write_end, F_GETPIPE_SZ);
    char *bytes = malloc(room + 1);
    if (bytes == NULL)
        err(1, "malloc");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        for (int i = 0; i <= room; i++)
            bytes[i] = 'x';
        write(write_end, bytes, room + 1);
        _exit(0);
    }
    close(write_end);
    waitpid(child, NULL, 0);
    read(read_end, bytes, room);
}

void read_it_all(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    int room = fcntl(write_end, F_GETPIPE_SZ);
    char *bytes = calloc(3, room);
    if (bytes == NULL)
        err(1, "calloc");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        for (int i = 0; i < 3 * room; i++)
            bytes[i] = 'x';
        write(write_end, bytes, 3 * room);
        _exit(0);
    }
    close(write_end);
    ssize_t length = 0, taken;
    while ((taken = read(read_end, bytes, room)) > 0)
        length += taken;
    waitpid(child, NULL, 0);
    printf("read %zd times the size\n", length / room);
    fflush(stdout);
}
