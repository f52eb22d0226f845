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

void capture(void) {
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

void manage(int orders) {
    char order;
    read(orders, &order, 1);
    pid_t server = fork();
    if (server == 0)  // in the server
        pause();
    pause();  // the manager goes on, also if the fork fails
}

int main(void) {
    char text[4096];
    int ask[2], ends[2];
    if (pipe(ask) == -1)
        err(1, "pipe");
    pid_t manager = fork();
    if (manager == -1)
        err(1, "fork");
    if (manager == 0)  // long before the capture
        manage(ask[0]);
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        dup2(write_end, 1);
        write(ask[1], "!", 1);  // systemctl start server
        _exit(0);
    }
    close(write_end);
    read(read_end, text, sizeof text);
}
