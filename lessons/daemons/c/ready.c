/* When is a daemon ready? The demonstrations of ready.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void launch(void) {
    struct stat about;
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        if (stat("config", &about) == -1)
            _exit(1);
        pause();  // it serves for ever
    }
    _exit(0);  // started
}

void launch_and_listen(void) {
    struct stat about;
    char text[5];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        if (stat("config", &about) == -1)
            _exit(1);
        if (write(write_end, "ready", 5) == -1)
            err(1, "write");
        close(write_end);  // it has no more to write
        pause();
    }
    close(write_end);  // only the daemon writes
    ssize_t count = read(read_end, text, 5);
    int is_ready = count == 5 && memcmp(text, "ready", 5) == 0;
    _exit(is_ready ? 0 : 1);
}

void serve(int write_end) {
    int pid_file = open("pid", O_RDWR | O_TRUNC);
    if (pid_file == -1 || dprintf(pid_file, "%d", getpid()) < 0)
        err(1, "pid");
    dprintf(write_end, "%d", getpid());  // ready
    close(write_end);
    pause();
}

void launch_by_two_forks(void) {
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
