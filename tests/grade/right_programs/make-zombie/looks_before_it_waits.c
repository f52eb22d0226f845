// right: waitid with WNOWAIT, and then a wait that need not sleep
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;
static volatile sig_atomic_t done;

static void collect(int number) {
    (void)number;
    for (;;) {
        siginfo_t ended;
        ended.si_pid = 0;
        if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == -1 || ended.si_pid == 0)
            return;
        waitpid(ended.si_pid, NULL, 0);
        done |= ended.si_pid == child;
    }
}

static void birth(int code) {
    child = fork();
    if (child == 0)
        _exit(code);
}

int main(int argc, char **argv) {
    int code = argc == 3 ? atoi(argv[2]) : 1;
    if (strcmp(argv[1], "wait") == 0) {
        siginfo_t ended;
        char path[40], letter;
        birth(code);
        waitid(P_PID, child, &ended, WEXITED | WNOWAIT);
        snprintf(path, sizeof path, "/proc/%d/stat", child);
        FILE *stat = fopen(path, "r");
        if (fscanf(stat, "%*d %*s %c", &letter) == 1)
            printf("%d %c\n", child, letter);
        fclose(stat);
        waitpid(child, NULL, 0);
    } else if (strcmp(argv[1], "ignore") == 0) {
        signal(SIGCHLD, SIG_IGN);
        birth(code);
        waitpid(child, NULL, 0);
    } else if (strcmp(argv[1], "handler") == 0) {
        sigset_t block, before;
        sigemptyset(&block);
        sigaddset(&block, SIGCHLD);
        sigprocmask(SIG_BLOCK, &block, &before);
        signal(SIGCHLD, collect);
        birth(code);
        while (!done)
            sigsuspend(&before);
    } else {
        pid_t middle = fork();
        if (middle == 0) {
            birth(code);
            _exit(0);
        }
        waitpid(middle, NULL, 0);
    }
    return 0;
}
