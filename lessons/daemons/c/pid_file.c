/* A pid file. The demonstrations of pid_file.py, in C. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void start_two(void) {
    struct stat about;
    for (int i = 0; i < 2; i++) {
        pid_t daemon = fork();
        if (daemon == -1)
            err(1, "fork");
        if (daemon == 0) {  // in a daemon
            if (stat("pid", &about) == -1) {
                if (open("pid", O_CREAT | O_WRONLY, 0644) == -1)
                    err(1, "pid");
                if (write(1, "started ", 8) == -1)
                    err(1, "write");
            }
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
}

void start_once(void) {
    int lock = open("pid", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock == -1)
        err(2, "pid");
    if (flock(lock, LOCK_EX | LOCK_NB) == -1) {
        if (errno == EWOULDBLOCK)
            _exit(1);  // one is running already
        err(2, "flock");
    }
    if (ftruncate(lock, 0) == -1)
        err(2, "pid");
    if (dprintf(lock, "%d\n", getpid()) < 0)  // lock stays open
        err(2, "pid");
}

void start_right(void) {
    start_once();  // in the daemon
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0) {  // in the second
        start_once();
        _exit(0);
    }
    waitpid(second, NULL, 0);
}

void restart(void) {
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        int lock = open("pid", O_RDWR | O_CREAT, 0644);
        if (lock == -1 || flock(lock, LOCK_EX) == -1)  // the old one
            err(1, "pid");
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0)  // in the worker
            pause();
        _exit(0);
    }
    waitpid(daemon, NULL, 0);
    int new = open("pid", O_RDWR | O_CREAT, 0644);
    if (new == -1 || flock(new, LOCK_EX) == -1)  // the new one
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
