#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
    if ((taken = read(read_end, bytes, room)) > 0)
        length += taken;
    waitpid(child, NULL, 0);
    printf("read %zd times the size\n", length / room);
    fflush(stdout);
}
