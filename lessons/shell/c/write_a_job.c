/* Write a shell: a job. The demonstrations of write_a_job.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void after_exec(void) {
    char byte;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == -1)
        err(1, "pipe2");
    int read_end = ends[0], write_end = ends[1];
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {
        execlp("sleep", "sleep", "1000", (char *)NULL);  // closes the pipe
        perror("sleep");
        _exit(127);
    }
    close(write_end);
    read(read_end, &byte, 1);  // end of file: the exec is done
    if (setpgid(job, job) == -1 && write(1, "too late\n", 9) == -1)
        err(1, "write");
}

void signal_the_group(void) {
    pid_t job = fork();
    if (job == -1)
        err(1, "fork");
    if (job == 0) {  // in the job
        setpgid(0, 0);
        pause();
    }
    setpgid(job, job);
    if (kill(-job, SIGKILL) == 0) {
        if (write(1, "killed", 6) == -1)
            err(1, "write");
    } else if (errno == ESRCH) {
        if (write(1, "no group", 8) == -1)
            err(1, "write");
        kill(job, SIGKILL);
    }
    waitpid(job, NULL, 0);
}
