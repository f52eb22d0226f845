/* Ready, and with which pid. The demonstrations of ready_pid.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void look_for_the_socket(void) {
    struct stat about;
    if (mkdir("socket", 0777) == -1)  // left by a crash
        err(1, "socket");
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        if (stat("config", &about) == -1)
            _exit(1);
        if (mkdir("socket", 0777) == -1)
            _exit(1);
        pause();
    }
    while (stat("socket", &about) == -1)
        sched_yield();
    _exit(0);  // ready
}

void serve(int write_end) {
    int pid_file = open("pid", O_RDWR | O_TRUNC);
    if (pid_file == -1 || dprintf(pid_file, "%d", getpid()) < 0)
        err(1, "pid");
    dprintf(write_end, "%d", getpid());  // ready
    close(write_end);
    pause();
}

void launch(void) {
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

/* launch_by_the_library is about Python itself: it calls simpsh.daemonize. */

void start_and_stop(void) {
    char text[20] = "";
    int ends[2];
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
        if (daemon == 0) {  // in the daemon
            dprintf(write_end, "%d", getpid());  // ready
            pause();
        }
        _exit(0);
    }
    read(read_end, text, sizeof text - 1);
    pid_t number = strtol(text, NULL, 10);
    kill(number, SIGTERM);
    waitpid(middle, NULL, 0);
}
