// right: C whose SIGCHLD handler collects a child at any moment, also before the second fork
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t collected;
static volatile sig_atomic_t pids[2], statuses[2];

static void collect(int signal) {
    (void)signal;
    int before = errno, status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        pids[collected] = pid;
        statuses[collected] = status;
        collected++;
    }
    errno = before;
}

static pid_t start(char **argv, int end, int number) {
    pid_t pid = fork();
    if (pid == 0) {
        dup2(end, number);
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid;
}

int main(int argc, char **argv) {
    int ends[2], between = 1;
    while (between < argc - 1 && strcmp(argv[between], "--") != 0) between++;
    argv[between] = NULL;
    struct sigaction action = {.sa_handler = collect, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    if (pipe2(ends, O_CLOEXEC) < 0) return 1;
    start(argv + 1, ends[1], 1);
    close(ends[1]);
    pid_t last = start(argv + between + 1, ends[0], 0);
    close(ends[0]);
    sigset_t blocked, old;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    while (collected < 2) sigsuspend(&old);
    int status = pids[0] == last ? statuses[0] : statuses[1];
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
