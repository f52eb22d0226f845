#include <err.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
