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
        flock(fd, LOCK_UN);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int other = open("lock", O_RDWR);  // a second open file description
    if (other == -1)
        err(1, "lock");
    if (flock(other, LOCK_EX | LOCK_NB) == 0)
        write(1, "free", 4);
    else if (errno == EWOULDBLOCK)
        write(1, "locked", 6);
}
