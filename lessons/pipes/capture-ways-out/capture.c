#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

void start_server(void) {
    pid_t server = fork();
    if (server == -1)
        err(1, "fork");
    if (server == 0)  // in the server
        pause();  // it serves for ever
    write(1, "started\n", 8);
    _exit(0);
}

int main(void) {
    static char text[100000];
    char rest[4096];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        dup2(write_end, 1);
        start_server();
    }
    close(write_end);
    ssize_t count = read(read_end, text, sizeof text);
    if (count == -1)
        err(1, "read");
    while (read(read_end, rest, sizeof rest) > 0)
        continue;  // until end of file
    waitpid(program, NULL, 0);
    write(1, text, count);
}
