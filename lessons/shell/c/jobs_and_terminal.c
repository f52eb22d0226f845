/* Jobs and their terminal. The demonstrations of jobs_and_terminal.py, in C. */
#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void two_jobs(void) {
    pid_t front = fork();
    if (front == -1)
        err(1, "fork");
    if (front == 0)  // a job
        pause();
    pid_t back = fork();
    if (back == -1)
        err(1, "fork");
    if (back == 0)  // another one
        pause();
    setpgid(back, back);  // a group of its own
    signal(SIGINT, SIG_IGN);
    waitpid(front, NULL, 0);
}

void read_in_background(void) {
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

void act_in_background(void) {
    int status;
    char text[100];
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {  // in the background
        setpgid(0, 0);
        if (read(0, text, sizeof text) == -1)
            _exit(1);
        _exit(0);
    }
    waitpid(job, &status, WUNTRACED);
}

void lend_the_terminal(void) {
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
    tcsetpgrp(0, getpgrp());  // the terminal is the shell's again
    if (read(0, text, sizeof text) == -1)
        err(1, "read");
}
