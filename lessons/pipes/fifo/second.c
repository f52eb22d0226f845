#include <err.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[3];
    if (mkfifo("f", 0666) == -1)
        err(1, "f");
    pid_t client = fork();
    if (client == -1)
        err(1, "fork");
    if (client == 0) {  // in the client
        int fd = open("f", O_WRONLY);
        if (fd == -1)
            err(1, "f");
        write(fd, "one", 3);
        _exit(0);
    }
    int fd = open("f", O_RDONLY);
    if (fd == -1)
        err(1, "f");
    waitpid(client, NULL, 0);
    read(fd, text, 3);
    read(fd, text, 3);
}
