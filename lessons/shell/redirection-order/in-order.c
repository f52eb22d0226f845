#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        int f = open("f", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (f == -1)
            err(1, "f");
        if (dup2(f, 1) == -1)  // >f
            err(1, "dup2");
        if (dup2(1, 2) == -1)  // 2>&1
            err(1, "dup2");
        close(f);
        if (write(1, "out\n", 4) == -1)  // ① ready for the program
            _exit(1);
        _exit(write(2, "err\n", 4) == 4 ? 0 : 1);
    }
    waitpid(child, NULL, 0);
}
