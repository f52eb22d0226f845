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
    pid_t writer = fork();
    if (writer == -1)
        err(1, "fork");
    if (writer == 0) {  // in the writer
        write(write_end, "hello", 5);
        _exit(0);
    }
    pid_t reader = fork();
    if (reader == -1)
        err(1, "fork");
    if (reader == 0) {  // in the reader
        close(write_end);  // the reader only reads
        ssize_t length = 0, taken;
        while ((taken = read(read_end, text, sizeof text)) > 0)
            length += taken;
        printf("%zd bytes\n", length);
        fflush(stdout);
        _exit(0);
    }
    waitpid(writer, NULL, 0);
    waitpid(reader, NULL, 0);
}
