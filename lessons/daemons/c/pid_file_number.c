/* The number in a pid file. The demonstrations of pid_file_number.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

void crash(void) {
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        int lock = open("pid", O_RDWR | O_CREAT, 0644);
        if (lock == -1 || flock(lock, LOCK_EX) == -1)
            err(1, "pid");
        if (dprintf(lock, "%d\n", getpid()) < 0)
            err(1, "pid");
        kill(getpid(), SIGKILL);  // a crash
    }
    waitpid(daemon, NULL, 0);
    int asker = open("pid", O_RDONLY);
    if (asker == -1 || flock(asker, LOCK_EX) == -1)  // does the daemon run?
        err(1, "pid");
}

void stop(void) {
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0)  // in the daemon
        pause();
    pid_t stopper = fork();
    if (stopper == -1)
        err(1, "fork");
    if (stopper == 0) {  // in the stopper
        setpgid(0, 0);  // as shells do with each job
        pid_t helper = fork();
        if (helper == -1)
            err(1, "fork");
        if (helper == 0)  // in the stopper's helper
            pause();
        char *text = "0\n", *end;  // the text of the pid file
        long number = strtol(text, &end, 10);
        if (end == text || *end != '\n')
            errx(1, "the pid file has no number");
        kill(number, SIGTERM);
    }
    waitpid(stopper, NULL, 0);
}

void check_and_stop(void) {
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0)  // in the daemon
        pause();
    pid_t stopper = fork();
    if (stopper == -1)
        err(1, "fork");
    if (stopper == 0) {  // in the stopper
        setpgid(0, 0);  // as shells do with each job
        pid_t helper = fork();
        if (helper == -1)
            err(1, "fork");
        if (helper == 0)  // in the stopper's helper
            pause();
        long number = strtol("0\n", NULL, 10);  // the text of the pid file
        if (number <= 1)
            _exit(1);
        kill(number, SIGTERM);
    }
    waitpid(stopper, NULL, 0);
}
