#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void) {
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
