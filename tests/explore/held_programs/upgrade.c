/* Two processes hold a shared lock, and each wants it for itself. */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int child = fork() == 0;
    int file = open("lock", O_RDWR | O_CREAT, 0600);
    flock(file, LOCK_SH);
    flock(file, LOCK_EX);
    write(1, child ? "c" : "p", 1);
    if (child) _exit(0);
    close(file);
    wait(0);
    return 0;
}
