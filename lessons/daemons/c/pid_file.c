/* A pid file. The demonstrations of pid_file.py, in C. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

void start_again(void) {
    FILE *pid_file = fopen("pid", "w");
    if (pid_file == NULL)
        err(1, "pid");
    if (flock(fileno(pid_file), LOCK_EX | LOCK_NB) == -1)
        err(1, "flock");
    fprintf(pid_file, "%d\n", getpid());
    fflush(pid_file);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0) {  // in the second
        FILE *mine = fopen("pid", "w");
        if (mine == NULL)
            err(1, "pid");
        if (flock(fileno(mine), LOCK_EX | LOCK_NB) == 0)
            _exit(0);
        _exit(errno == EWOULDBLOCK ? 1 : 2);  // 1: one is running already
    }
    waitpid(second, NULL, 0);
    fclose(pid_file);
}

/* no_mode is about Python itself: os.open has 0777 as the mode that is left out. In C the call of open
   then takes the mode from wherever it expects the argument, and the permissions are arbitrary. */

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

/* start_by_the_library is about Python itself: it calls simpsh.PidFile. */
