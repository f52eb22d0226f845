#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
