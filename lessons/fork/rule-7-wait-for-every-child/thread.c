#include <err.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

void *collect(void *child) {
    waitpid(*(pid_t *)child, NULL, 0);
    return NULL;
}

int main(void) {
    pthread_t collector;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(7);
    if (pthread_create(&collector, NULL, collect, &child) != 0)
        errx(1, "pthread_create");
    pthread_join(collector, NULL);
    write(1, "collected", 9);  // ①
}
