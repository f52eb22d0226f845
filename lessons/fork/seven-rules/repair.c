#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int x = 1, status;
    char text[20];
    int log = open("log", O_CREAT | O_RDWR, 0600);
    if (log == -1)
        err(1, "log");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        x = 2;
        log = open("log", O_RDWR);
        if (write(log, "child ", 6) != 6)
            _exit(1);
        _exit(x);
    }
    if (write(log, "parent ", 7) != 7)
        err(1, "log");
    waitpid(child, &status, WNOHANG);
    dprintf(1, "%d %d ", x, WEXITSTATUS(status));
    ssize_t size = pread(log, text, sizeof text, 0);
    for (int i = 0; i < size; i++)
        text[i] = toupper(text[i]);
    write(1, text, size);
}
