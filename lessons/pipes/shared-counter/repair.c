#include <err.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[24] = "0";
    int file = open("n", O_WRONLY | O_CREAT, 0600);
    if (file == -1 || write(file, text, 1) == -1)
        err(1, "n");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    file = open("n", O_RDWR);  // each its own
    if (file == -1)
        err(1, "n");
    pread(file, text, sizeof text - 1, 0);
    sprintf(text, "%ld", strtol(text, NULL, 10) + 1);
    pwrite(file, text, strlen(text), 0);
    if (child == 0)  // in the child
        _exit(0);
    waitpid(child, NULL, 0);
    write(1, text, pread(file, text, sizeof text, 0));
}
