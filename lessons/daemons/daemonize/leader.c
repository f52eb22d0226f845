#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        setpgid(0, 0);  // as shells do with each job
        if (setsid() == -1 && errno == EPERM)
            _exit(1);
        _exit(0);
    }
    waitpid(program, NULL, 0);
}
