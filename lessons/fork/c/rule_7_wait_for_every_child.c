/* Rule 7: wait for every child. The demonstrations of rule_7_wait_for_every_child.py, in C. */
#include <err.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

void five_jobs(void) {
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    pause();  // it has other work
}

void five_waits(void) {
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    for (int i = 0; i < 5; i++)
        wait(NULL);
    write(1, "all collected", 13);  // ①
}

void *collect(void *child) {
    waitpid(*(pid_t *)child, NULL, 0);
    return NULL;
}

void another_thread(void) {
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
