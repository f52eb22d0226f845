// right: main forks, another thread waits
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *collect(void *unused) {
    for (int status, pid; (pid = waitpid(-1, &status, 0)) > 0;)
        printf("%d %d\n", pid, WEXITSTATUS(status));
    return unused;
}

int main(int count, char **words) {
    pthread_t thread;
    for (int i = 1; i < count; i++)
        if (fork() == 0)
            _exit(atoi(words[i]));
    pthread_create(&thread, NULL, collect, NULL);
    pthread_join(thread, NULL);
}
