/* What a program still does when it ends. The demonstrations of exit_handlers.py, in C. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void save(void) {
    write(1, "save ", 5);
}

void disconnect(void) {
    write(1, "disconnect ", 11);
}

void session(void) {
    atexit(disconnect);
    atexit(save);
    write(1, "work ", 5);
    exit(3);
}

void handler(void) {
    write(1, "handler ", 8);
}

void talk(void) {
    printf("text ");
}

void ending(void) {
    atexit(handler);
    atexit(talk);
    exit(0);
}

/* leaving is not compared: Python writes the text at the end of the file, before the handlers. */

void leaving(void) {
    atexit(handler);
    printf("text ");
    exit(0);
}

void clean_up(void) {
    rmdir("data");
}

void share_the_work(void) {
    if (mkdir("data", 0777) == -1)
        err(1, "mkdir");
    atexit(clean_up);
    pid_t worker = fork();
    if (worker == -1)
        err(1, "fork");
    if (worker == 0)  // in the worker
        exit(0);
    waitpid(worker, NULL, 0);
    const char *answer = access("data", F_OK) == 0 ? "True" : "False";
    printf("data exists: %s\n", answer);
    fflush(stdout);
}
