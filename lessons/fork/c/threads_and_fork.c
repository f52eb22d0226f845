/* Threads and fork. The demonstrations of threads_and_fork.py, in C. */
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
void two_threads(void) {
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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t taken;
void *hold(void *unused) {
    pthread_mutex_lock(&lock);
    sem_post(&taken);
    pause();  // works for a long time
    pthread_mutex_unlock(&lock);
    return unused;
}

void fork_with_threads(void) {
    pthread_t thread;
    sem_init(&taken, 0, 0);
    if (pthread_create(&thread, NULL, hold, NULL) != 0)
        errx(1, "pthread_create");
    sem_wait(&taken);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pthread_mutex_lock(&lock);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int ends[2];
void *work(void *unused) {
    pthread_mutex_lock(&mutex);
    write(1, "the thread has the lock\n", 24);
    write(ends[1], "!", 1);
    pause();  // works for a long time
    return unused;
}

void fork_first(void) {
    pthread_t thread;
    char byte;
    if (pipe(ends) == -1)
        err(1, "pipe");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pthread_mutex_lock(&mutex);
        write(1, "the child has its lock\n", 23);
        _exit(0);
    }
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        errx(1, "pthread_create");
    read(ends[0], &byte, 1);
    waitpid(child, NULL, 0);
    _exit(0);  // ends both threads
}
