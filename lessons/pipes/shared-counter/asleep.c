#include <err.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns the state of a process, as ps shows it. */
char state_of(int pid) {
    char name[40], text[4096] = "";
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *stat = fopen(name, "r");
    if (stat == NULL)
        err(1, "%s", name);
    char *end = fgets(text, sizeof text, stat) ? strrchr(text, ')') : NULL;
    fclose(stat);
    return end == NULL ? '?' : end[2];
}

int main(void) {
    sem_t *lock = mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lock == MAP_FAILED)
        err(1, "mmap");
    sem_init(lock, 0, 0);  // pshared, value
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        sem_wait(lock);
        _exit(0);
    }
    while (state_of(child) != 'S')  // until the child sleeps
        ;
    sem_post(lock);  // ① the child sleeps
    waitpid(child, NULL, 0);
}
