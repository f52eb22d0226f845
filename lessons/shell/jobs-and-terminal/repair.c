#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char text[100];
    signal(SIGTTOU, SIG_IGN);
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {  // in the job
        setpgid(0, 0);
        _exit(0);
    }
    setpgid(job, job);
    tcsetpgrp(0, job);
    waitpid(job, NULL, 0);
    if (read(0, text, sizeof text) == -1)
        err(1, "read");
}
