/* How many processes? The demonstrations of how_many.py, in C. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void collect_all(void) {
    while (wait(NULL) != -1 || errno != ECHILD)  // until no child is left
        continue;
}

void three(void) {
    pid_t a = fork();
    pid_t b = fork();
    pid_t c = fork();
    if (a == -1 || b == -1 || c == -1)
        err(1, "fork");
    printf("%s %s %s\n", a > 0 ? "True" : "False", b > 0 ? "True" : "False",
           c > 0 ? "True" : "False");
    fflush(stdout);
    collect_all();  // ① each waits for its own children
}

void generations(void) {
    for (int i = 0; i < 5; i++) {
        if (fork() == -1)
            err(1, "fork");
    }
    collect_all();
}

void puzzle(void) {
    (void)(fork() && fork());
    collect_all();
}

void loop(void) {
    for (int task = 1; task <= 3; task++) {
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0)  // in a worker
            dprintf(1, "task %d\n", task);
    }
    collect_all();
}
