#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t shell = fork();
    if (shell == -1)
        err(1, "fork");
    if (shell == 0) {  // in the shell
        int status;
        setsid();
        pid_t job = fork();
        if (job == -1)
            err(1, "fork");
        if (job == 0) {  // in the job
            setpgid(0, 0);
            kill(getpid(), SIGSTOP);
            _exit(0);
        }
        waitpid(job, &status, WUNTRACED);
        _exit(0);
    }
    waitpid(shell, NULL, 0);
}
