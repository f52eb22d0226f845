#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t middle = fork();
    if (middle == -1)
        err(1, "fork");
    if (middle != 0) {  // in the caller
        waitpid(middle, NULL, 0);
        _exit(0);
    }
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon != 0)  // in the middle process
        _exit(0);
    setsid();
    if (chdir("/") == -1)
        err(1, "/");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; number <= 2; number++)
        dup2(null, number);
    pause();  // it serves for ever
}
