/* Runs a program as an interactive shell runs a job: in a group of its own, in the caller's session,
   with all signals at their default, which nohup has not. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    pid_t job = fork();
    if (job == 0) {
        setpgid(0, 0);
        for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    setpgid(job, job);
    waitpid(job, NULL, 0);
}
