/* When is a daemon ready? The demonstrations of ready.py, in C. */
#include <err.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void launch(void) {
    struct stat about;
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        if (stat("config", &about) == -1)
            _exit(1);
        pause();  // it serves for ever
    }
    _exit(0);  // started
}

void start_and_use(void) {
    struct stat about;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int write_end = ends[1];
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        if (mkdir("socket", 0777) == -1)  // from now on it can be used
            err(1, "socket");
        if (write(write_end, "ready", 5) == -1)
            err(1, "write");
        _exit(0);
    }
    const char *answer = "refused";
    if (stat("socket", &about) == 0)  // the client connects
        answer = "served";
    if (write(1, answer, strlen(answer)) == -1)
        err(1, "write");
    waitpid(daemon, NULL, 0);
}
