// right: the main thread ends first
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char **codes;

static void *work(void *unused) {
    pid_t pids[2];
    for (int i = 0; i < 2; i++)
        if ((pids[i] = fork()) == 0)
            _exit(atoi(codes[i]));
    // Backwards: no order is asked for.
    for (int i = 1, status; i >= 0; i--) {
        waitpid(pids[i], &status, 0);
        printf("%d %d\n", (int)pids[i], WEXITSTATUS(status));
    }
    exit(unused != NULL);
}

int main(int count, char **words) {
    pthread_t thread;
    if (count != 3)
        return 2;
    codes = words + 1;
    pthread_create(&thread, NULL, work, NULL);
    pthread_exit(NULL);
}
