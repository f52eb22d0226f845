/* A helper of a script. The program to fix in no_job_control.py, in C. */
#include <err.h>
#include <signal.h>
#include <unistd.h>

int main(void) {
    signal(SIGHUP, SIG_IGN);  // so that only ^C matters
    pid_t helper = fork();
    if (helper == -1)
        err(1, "fork");
    if (helper == 0) {  // in the helper
        execlp("sleep", "sleep", "1000", (char *)NULL);
        _exit(127);
    }
    pause();
}
