#include <err.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t taken;
void *hold(void *unused) {
    pthread_mutex_lock(&lock);
    sem_post(&taken);
    pause();  // works for a long time
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
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
