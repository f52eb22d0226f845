#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    setenv("TOKEN", "secret", 1);
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        execlp("printenv", "printenv", "TOKEN", (char *)NULL);
        perror("printenv");
        _exit(127);  // no copied buffer is written
    }
    waitpid(daemon, NULL, 0);
}
