#include <err.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (mkfifo("f", 0666) == -1)
        err(1, "f");
    pid_t reader = fork();
    if (reader == -1)
        err(1, "fork");
    if (reader == 0) {  // in the reader
        char text[5];
        int fd = open("f", O_RDONLY);
        if (fd == -1)
            err(1, "f");
        ssize_t count = read(fd, text, 5);
        if (count == -1)
            err(1, "read");
        write(1, text, count);
        _exit(0);
    }
    int fd = open("f", O_WRONLY);  // ① the parent is about to open
    if (fd == -1)
        err(1, "f");
    write(fd, "hello", 5);
    waitpid(reader, NULL, 0);
}
