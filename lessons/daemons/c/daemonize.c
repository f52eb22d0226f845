/* A daemon. The demonstrations of daemonize.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void lead_a_group(void) {
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

void start(void) {
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

void open_a_terminal(void) {
    pid_t server = fork();
    if (server == -1)
        err(1, "fork");
    if (server == 0) {  // in the server
        int master, terminal;  // a new one
        setsid();
        if (openpty(&master, &terminal, NULL, NULL, NULL) == -1)
            err(1, "openpty");
        if (open(ttyname(terminal), O_RDWR) == -1)
            err(1, "open");
        pause();
    }
    pause();
}

void become_a_daemon(void) {
    pid_t middle = fork();
    if (middle == -1)
        err(1, "fork");
    if (middle != 0) {  // in the caller
        waitpid(middle, NULL, 0);
        _exit(0);
    }
    setsid();
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon != 0)  // in the middle process
        _exit(0);
    if (chdir("/") == -1)
        err(1, "/");
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; number <= 2; number++)
        dup2(null, number);
    pause();  // it serves for ever
}
