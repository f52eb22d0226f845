#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[4096];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        dup2(write_end, 1);
        pid_t server = fork();
        if (server == -1)
            err(1, "fork");
        if (server == 0)  // in the server
            pause();  // it serves for ever
        write(1, "started\n", 8);
        write(1, "ready\n", 6);
        _exit(0);
    }
    close(write_end);
    ssize_t count;
    while ((count = read(read_end, text, sizeof text)) > 0)
        write(1, text, count);
    waitpid(program, NULL, 0);
}
