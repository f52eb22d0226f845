/* fails: alone */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t deaths;

static void note(int number) {
    (void)number;
    deaths++; /* main collects the children later */
}

int main(int argc, char *argv[]) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    sigset_t child_signal, before;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &before);
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == -1) {
            perror("fork");
            return 1;
        }
        if (child == 0) {
            pause();
            _exit(0);
        }
    }
    while (deaths < count)
        sigsuspend(&before);
    for (int status, i = 0; i < count; i++) {
        pid_t pid = waitpid(-1, &status, WNOHANG);
        printf("%d %d\n", (int)pid, WTERMSIG(status));
    }
    return 0;
}
