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
        flock(lock, LOCK_EX);
        dprintf(lock, "%d\n", getpid());
        kill(getpid(), SIGKILL);  // a crash
    }
    waitpid(daemon, NULL, 0);
    int asker = open("pid", O_RDONLY);
    flock(asker, LOCK_EX);  // does the daemon run?
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
        pid_t number = atoi("0\n");  // the text of the pid file
        kill(number, SIGTERM);
    }
    waitpid(stopper, NULL, 0);
}
