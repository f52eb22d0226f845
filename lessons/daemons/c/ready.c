/* When is a daemon ready? The demonstrations of ready.py, in C. */
#include <err.h>
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
    int tell = ends[1];
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        mkdir("door", 0777);  // from now on it can be used
        write(tell, "ready", 5);
        _exit(0);
    }
    if (stat("door", &about) == 0)  // the customer arrives
        write(1, "served", 6);
    else
        write(1, "refused", 7);
    waitpid(daemon, NULL, 0);
}
