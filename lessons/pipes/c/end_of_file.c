/* End of file. The demonstrations of end_of_file.py, in C. */
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void read_to_the_end(void) {
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

void count_bytes(void) {
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
    close(write_end);  // the parent does not write
    waitpid(writer, NULL, 0);
    waitpid(reader, NULL, 0);
}
