#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
