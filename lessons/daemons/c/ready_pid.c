/* Ready, and with which pid. The demonstrations of ready_pid.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void look_for_the_door(void) {
    struct stat about;
    mkdir("door", 0777);  // left by a crash
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        if (stat("config", &about) == -1)
            _exit(1);
        mkdir("door", 0777);
        pause();
    }
    while (stat("door", &about) == -1)
        sched_yield();
    _exit(0);  // ready
}

void serve(int tell) {
    int pid_file = open("pid", O_RDWR | O_TRUNC);
    dprintf(pid_file, "%d", getpid());
    dprintf(tell, "%d", getpid());  // ready
    close(tell);
    pause();
}

void launch(void) {
    char number[20];
    int ends[2];
    write(open("pid", O_RDWR | O_CREAT, 0644), "1", 1);
    if (pipe(ends) == -1)
        err(1, "pipe");
    int told = ends[0], tell = ends[1];
    pid_t middle = fork();
    if (middle == -1)
        err(1, "fork");
    if (middle == 0) {  // in the middle process
        pid_t daemon = fork();
        if (daemon == -1)
            err(1, "fork");
        if (daemon == 0)  // in the daemon
            serve(tell);
        _exit(0);
    }
    close(tell);
    read(told, number, sizeof number);
    waitpid(middle, NULL, 0);
    _exit(0);  // number is ready
}

/* launch_by_the_library is about Python itself: it calls simpsh.daemonize. */
