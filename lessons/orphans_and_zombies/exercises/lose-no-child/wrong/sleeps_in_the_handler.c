/* fails: deaf */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pids[100];
static int statuses[100];
static volatile sig_atomic_t done;

static void collect(int number) {
    (void)number;
    while ((pids[done] = wait(&statuses[done])) > 0) /* also waits for children that are alive */
        done++;
}

int main(int argc, char *argv[]) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    signal(SIGCHLD, collect);
    for (int i = 0; i < count; i++)
        if (fork() == 0) {
            pause();
            _exit(0);
        }
    while (done < count)
        pause();
    for (int i = 0; i < count; i++)
        printf("%d %d\n", (int)pids[i], WTERMSIG(statuses[i]));
    return 0;
}
