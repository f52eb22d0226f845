/* A lock and a child. The demonstrations of locks_and_fork.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

void one_lock(void) {
    int fd = open("lock", O_CREAT | O_RDWR, 0600);
    if (fd == -1)
        err(1, "lock");
    flock(fd, LOCK_EX);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)  // no waiting
            write(1, "granted", 7);
        else
            write(1, "refused", 7);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

void given_back(void) {
    int fd = open("lock", O_CREAT | O_RDWR, 0600);
    if (fd == -1)
        err(1, "lock");
    flock(fd, LOCK_EX);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        flock(fd, LOCK_UN);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int other = open("lock", O_RDWR);  // another description
    if (flock(other, LOCK_EX | LOCK_NB) == 0)
        write(1, "free", 4);
    else
        write(1, "locked", 6);
}
