#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void serve(int write_end) {
    int pid_file = open("pid", O_RDWR | O_TRUNC);
    if (pid_file == -1 || dprintf(pid_file, "%d", getpid()) < 0)
        err(1, "pid");
    dprintf(write_end, "%d", getpid());  // ready
    close(write_end);
    pause();
}

int main(void) {
    char number[20];
    int ends[2];
    int pid_file = open("pid", O_RDWR | O_CREAT, 0644);
    if (pid_file == -1 || write(pid_file, "1", 1) == -1)
        err(1, "pid");
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t middle = fork();
    if (middle == -1)
        err(1, "fork");
    if (middle == 0) {  // in the middle process
        pid_t daemon = fork();
        if (daemon == -1)
            err(1, "fork");
        if (daemon == 0)  // in the daemon
            serve(write_end);
        _exit(0);
    }
    close(write_end);
    read(read_end, number, sizeof number);
    waitpid(middle, NULL, 0);
    _exit(0);  // number is ready
}
