#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int log = open("log", O_CREAT | O_WRONLY, 0600);
    if (log == -1)
        err(1, "log");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        log = open("log", O_WRONLY);
        if (write(log, "child\n", 6) == -1)
            _exit(1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (write(log, "parent\n", 7) == -1)
        err(1, "log");
}
