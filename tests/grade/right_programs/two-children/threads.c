// right: a thread for each child
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t both;

static void *work(void *word) {
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(atoi(word));
    // Nobody waits before both are born.
    pthread_barrier_wait(&both);
    waitpid(pid, &status, 0);
    printf("%d %d\n", (int)pid, WEXITSTATUS(status));
    return NULL;
}

int main(int count, char **words) {
    pthread_t threads[2];
    if (count != 3)
        return 2;
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, words[i + 1]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
