#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void daemonize(void) {
    switch (fork()) {
    case -1: err(1, "fork");
    case 0: break;
    default: _exit(0);  // in the caller
    }
    setsid();
    switch (fork()) {
    case -1: err(1, "fork");
    case 0: break;
    default: _exit(0);  // in the leader of the session: no buffers
    }
    chdir("/");
    umask(027);
    int null = open("/dev/null", O_RDWR);
    if (null == -1)
        err(1, "/dev/null");
    for (int number = 0; number <= 2; number++)
        dup2(null, number);
    close_range(3, ~0U, 0);
}

int main(void) {
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        setpgid(0, 0);  // as shells do with each job
        daemonize();
        pause();  // it serves for ever; C has no finally
    }
    waitpid(program, NULL, 0);
    pause();  // the shell, at its prompt
}
