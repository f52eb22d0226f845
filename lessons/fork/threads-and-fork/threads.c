#include <err.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

void *sleeps(void *unused) {
    pause();
    return unused;
}

/* two_threads is not compared: two threads run at the same time. */
int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleeps, NULL) != 0)
        errx(1, "pthread_create");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(0);  // ①
    }
    waitpid(child, NULL, 0);
    _exit(0);  // ends both threads
}
