#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char word[4];
    int fd = open("poem", O_CREAT | O_RDWR, 0600);
    if (fd == -1)
        err(1, "poem");
    if (pwrite(fd, "one two three", 13, 0) != 13)
        err(1, "poem");
    // the same file again: descriptor 4
    if (open("poem", O_RDONLY) == -1)
        err(1, "poem");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (read(fd, word, 4) != 4)
            _exit(1);
        close(fd);  // ① the child has read
        _exit(0);  // ② the child has closed
    }
    waitpid(child, NULL, 0);
    ssize_t size = read(fd, word, 3);
    if (size == -1)
        err(1, "poem");
    write(1, word, size);
}
