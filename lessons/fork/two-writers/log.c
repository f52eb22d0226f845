#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        int log = open("log", O_CREAT | O_WRONLY, 0600);
        if (log == -1 || write(log, "AAAA", 4) != 4) {
            perror("log");
            _exit(1);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    int log = open("log", O_WRONLY);
    if (log == -1 || write(log, "BB", 2) != 2)
        err(1, "log");
}
