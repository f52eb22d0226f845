/* When wait returns. The demonstrations of wait_scenarios.py, in C. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void one_that_lives(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    wait(NULL);
}

void two_that_live(void) {
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        pause();
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        pause();
    wait(NULL);  // the first wait
    wait(NULL);  // ① one is collected
}

void until_none_is_left(void) {
    for (int code = 1; code <= 3; code++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(code);
    }
    while (wait(NULL) != -1 || errno != ECHILD)
        continue;
}

void one_that_is_dead(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(5);
    wait(&status);  // ① the child has ended
}

void a_certain_one(void) {
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(0);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0) {  // in the second child
        if (setpgid(0, 0) == -1)
            _exit(1);
        _exit(0);
    }
    siginfo_t info;
    waitid(P_PID, first, &info, WEXITED | WNOWAIT);
    waitid(P_PID, second, &info, WEXITED | WNOWAIT);
    pid_t pid = waitpid(second, NULL, WNOHANG);  // ① both have ended
    if (pid == -1 && errno == ECHILD)
        printf("ECHILD");
    else
        printf("%s", pid == first ? "first"
                     : pid == second ? "second" : "0");
}

void report_the_second(void) {
    int word;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(1);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        _exit(2);
    waitpid(second, &word, 0);
    printf("the second: %d\n", WEXITSTATUS(word));
    fflush(stdout);
    wait(NULL);
}
