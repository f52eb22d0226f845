#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char byte;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (fcntl(read_end, F_SETFL, O_NONBLOCK) == -1)
            _exit(1);
        if (fcntl(read_end, F_SETFD, 0) == -1)  // clears FD_CLOEXEC
            _exit(1);
        _exit(0);  // ① both flags are changed
    }
    waitpid(child, NULL, 0);
    if (read(read_end, &byte, 1) == -1 && errno == EAGAIN)
        write(1, "there is nothing to read", 24);
}
