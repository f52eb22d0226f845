/* No zombies. The demonstrations of no_zombies.py, in C. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void serve(void) {
    for (int code = 1; code <= 3; code++) {
        pid_t worker = fork();
        if (worker == -1)
            err(1, "fork");
        if (worker == 0)  // in the worker
            _exit(code);
    }
    write(1, "next, please\n", 13);  // ① the workers have ended
    write(1, "next, please\n", 13);  // ② the server has gone on
}

/* lose_the_status is about Python itself: subprocess.run takes ECHILD for status 0. In C system
   returns -1, and errno is ECHILD. */

void run_and_report(void) {
    int word;
    signal(SIGCHLD, SIG_DFL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(7);
    if (waitpid(child, &word, 0) == -1)  // ECHILD
        printf("no status\n");
    else
        printf("exit status %d\n", WEXITSTATUS(word));
    fflush(stdout);
}
