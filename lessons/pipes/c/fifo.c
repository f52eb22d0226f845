/* A pipe with a name. The demonstrations of fifo.py, in C. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void share_a_name(void) {
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

void one_side_alone(void) {
    if (mkfifo("f", 0666) == -1)
        err(1, "f");
    if (open("f", O_WRONLY) != -1)
        write(1, "it is open", 10);
    else
        dprintf(1, "%s", strerror(errno));
}

void the_client_leaves(void) {
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
