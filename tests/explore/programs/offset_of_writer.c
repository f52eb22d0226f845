/* The child writes at the offset that the parent reads at (r) or moves (s): only one of them reads. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char text[8];
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
    write(fd, "0123", 4);
    lseek(fd, 0, SEEK_SET);
    if (fork() == 0) {
        write(fd, "x", 1);
        _exit(0);
    }
    if (argv[1][0] == 'r')
        read(fd, text, 1);
    else
        lseek(fd, 2, SEEK_SET);
    wait(NULL);
    write(1, text, pread(fd, text, sizeof text, 0));
    return 0;
}
