/* What a daemon inherits. The demonstrations of daemon_inherits.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void create(void) {
    struct stat about;
    umask(027);
    int log = open("log", O_CREAT | O_WRONLY, 0666);
    if (log == -1)
        err(1, "log");
    close(log);
    if (stat("log", &about) == -1)
        err(1, "log");
    printf("%o\n", about.st_mode & 0777);
    fflush(stdout);
}

void deaf(void) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    signal(SIGTERM, SIG_IGN);
    sigprocmask(SIG_BLOCK, &term, NULL);
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        pause();  // it serves for ever
    }
    _exit(0);
}

void tell(void) {
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
