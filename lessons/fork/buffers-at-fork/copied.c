#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void clean_up(void) {
    rmdir("data");
}

int main(void) {
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
