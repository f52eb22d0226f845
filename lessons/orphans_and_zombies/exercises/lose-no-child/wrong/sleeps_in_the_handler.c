/* fails: deaf */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pids[100];
static int statuses[100];
static volatile sig_atomic_t done;

static void collect(int number) {
    int before = errno;
    (void)number;
    while ((pids[done] = wait(&statuses[done])) > 0) /* also waits for children that are alive */
        done++;
    errno = before;
}

int main(int argc, char *argv[]) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    sigset_t child_signal, before;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &before);
    struct sigaction action = {.sa_handler = collect};
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
    while (done < count)
        sigsuspend(&before);
    for (int i = 0; i < count; i++)
        printf("%d %d\n", (int)pids[i], WTERMSIG(statuses[i]));
    return 0;
}
