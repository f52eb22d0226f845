/* Parent and child lock a file by descriptions of their own; the child's goes with its exit. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) {
        flock(open("lock", O_RDWR | O_CREAT, 0600), LOCK_EX);
        write(1, "c", 1);
        _exit(0);
    }
    int file = open("lock", O_RDWR | O_CREAT, 0600);
    flock(file, LOCK_EX);
    flock(file, LOCK_EX);
    write(1, "p", 1);
    flock(file, LOCK_UN);
    wait(0);
    return 0;
}
