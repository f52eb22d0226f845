/* What a zombie is. The demonstrations of zombie.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void end_uncollected(void) {
    int status;
    if (open("log", O_CREAT | O_WRONLY, 0600) == -1)
        err(1, "log");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        printf("goodbye\n");  // into a buffer
        _exit(42);  // ① the child is alive
    }
    waitpid(child, &status, 0);  // ② the child has ended
}

void kill_the_dead(void) {
    int status;
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(42);
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);  // it has ended
    kill(child, SIGKILL);  // ① the child is a zombie
    waitpid(child, &status, 0);  // ② the signal has been sent
    if (WIFEXITED(status))
        printf("code %d\n", WEXITSTATUS(status));
    fflush(stdout);
}

void collect_a_worker(void) {
    int status = 0;
    pid_t worker = fork();
    if (worker == -1)
        err(1, "fork");
    if (worker == 0)  // in the worker
        _exit(42);
    waitpid(worker, &status, 0);
    if (WIFEXITED(status))
        printf("code %d\n", WEXITSTATUS(status));
    fflush(stdout);
}
