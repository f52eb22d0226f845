#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0)  // in the daemon
        pause();
    pid_t stopper = fork();
    if (stopper == -1)
        err(1, "fork");
    if (stopper == 0) {  // in the stopper
        setpgid(0, 0);  // as shells do with each job
        pid_t helper = fork();
        if (helper == -1)
            err(1, "fork");
        if (helper == 0)  // in the stopper's helper
            pause();
        char *text = "0\n", *end;  // the text of the pid file
        long number = strtol(text, &end, 10);
        if (end == text || *end != '\n')
            errx(1, "the pid file has no number");
        kill(number, SIGTERM);
    }
    waitpid(stopper, NULL, 0);
}
