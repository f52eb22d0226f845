/* A shared counter. The demonstrations of shared_counter.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void add_in_two_lines(void) {
    char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    int one[2], other[2];
    if (pipe(one) == -1 || pipe(other) == -1)
        err(1, "pipe");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    char byte, loaded = page[0];
    write(child ? other[1] : one[1], ".", 1);
    read(child ? one[0] : other[0], &byte, 1);  // the other has loaded, too
    page[0] = loaded + 1;  // ① both processes have loaded
    if (child == 0)  // in the child
        _exit(0);
    waitpid(child, NULL, 0);
    printf("%d\n", page[0]);
    fflush(stdout);
}

/* wake_the_child is not compared: it asks for the state of the child again and again. */

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

void wake_the_child(void) {
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

void count_in_a_file(void) {
    char text[24] = "0";
    int file = open("n", O_WRONLY | O_CREAT, 0600);
    if (file == -1 || write(file, text, 1) == -1)
        err(1, "n");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    file = open("n", O_RDWR);  // each its own
    if (file == -1)
        err(1, "n");
    flock(file, LOCK_EX);
    pread(file, text, sizeof text - 1, 0);
    sprintf(text, "%ld", strtol(text, NULL, 10) + 1);
    pwrite(file, text, strlen(text), 0);
    flock(file, LOCK_UN);
    if (child == 0)  // in the child
        _exit(0);
    waitpid(child, NULL, 0);
    write(1, text, pread(file, text, sizeof text, 0));
}
