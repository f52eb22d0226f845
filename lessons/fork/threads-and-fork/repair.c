#include <err.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int ends[2];
void *work(void *unused) {
    pthread_mutex_lock(&mutex);
    write(1, "the thread has the lock\n", 24);
    write(ends[1], "!", 1);
    pause();  // works for a long time
    return unused;
}

int main(void) {
    pthread_t thread;
    char byte;
    if (pipe(ends) == -1)
        err(1, "pipe");
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        errx(1, "pthread_create");
    read(ends[0], &byte, 1);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pthread_mutex_lock(&mutex);
        write(1, "the child has its lock\n", 23);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    _exit(0);  // ends both threads
}
