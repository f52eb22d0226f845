#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status;
    char text[100];
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {  // in the background
        setpgid(0, 0);
        read(0, text, sizeof text);
        _exit(0);
    }
    waitpid(job, &status, WUNTRACED);
    tcsetpgrp(0, job);  // ① what fg does
    kill(-job, SIGCONT);
    waitpid(job, &status, 0);
}
