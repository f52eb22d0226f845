#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    char text[4096];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t reader = fork();
    if (reader == -1)
        err(1, "fork");
    if (reader == 0) {  // in the reader
        while (read(read_end, text, sizeof text) > 0)  // until end of file
            continue;
        printf("done\n");
        fflush(stdout);
        _exit(0);
    }
    write(write_end, "hello", 5);
    close(write_end);
    waitpid(reader, NULL, 0);
}
