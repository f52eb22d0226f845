#define _GNU_SOURCE
#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

void start_server(void) {
    pid_t server = fork();
    if (server == -1)
        err(1, "fork");
    if (server == 0) {  // in the server
        pause();  // it serves for ever
        _exit(0);
    }
    write(1, "started\n", 8);
    _exit(0);
}

int main(void) {
    int ends[2];
    char text[4096];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        dup2(write_end, 1);
        dup2(write_end, 2);
        close_range(3, 9, 0);  // the originals
        start_server();
    }
    close(write_end);
    while (read(read_end, text, sizeof text) > 0)
        continue;
    waitpid(program, NULL, 0);
}
