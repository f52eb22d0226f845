#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void collect(int number) {
    (void)number;
    int saved = errno;
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    errno = saved;
}

int main(void) {
    sigset_t set;
    siginfo_t info;
    struct sigaction action = {.sa_handler = collect};
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t busy = fork();
    if (busy == -1)
        err(1, "fork");
    if (busy == 0)  // in the busy worker
        pause();
    pid_t done = fork();
    if (done == -1)
        err(1, "fork");
    if (done == 0)  // in the other worker
        _exit(0);
    waitid(P_PID, done, &info, WEXITED | WNOWAIT);  // done has ended
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    if (write(1, "next, please\n", 13) == -1)
        err(1, "write");
}
