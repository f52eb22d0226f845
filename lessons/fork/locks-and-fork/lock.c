#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int fd = open("lock", O_CREAT | O_RDWR, 0600);
    if (fd == -1)
        err(1, "lock");
    if (flock(fd, LOCK_EX) == -1)
        err(1, "flock");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)  // no waiting
            write(1, "granted", 7);
        else if (errno == EWOULDBLOCK)
            write(1, "refused", 7);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
