/* wait4 and the resource usage of a child. The demonstrations of wait4_rusage.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void five_functions(void) {
    siginfo_t info;
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    wait(NULL);
    waitpid(-1, NULL, 0);
    wait3(NULL, 0, NULL);
    wait4(-1, NULL, 0, NULL);
    waitid(P_ALL, 0, &info, WEXITED);
}

void compute(double enough) {
    while (clock() < enough * CLOCKS_PER_SEC)
        continue;
}

double seconds(const struct rusage *usage) {
    return usage->ru_utime.tv_sec + usage->ru_utime.tv_usec / 1e6 +
           usage->ru_stime.tv_sec + usage->ru_stime.tv_usec / 1e6;
}

double of_children(void) {
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return seconds(&usage);
}

/* read_usage_twice is not compared: its output depends on the time. */

void read_usage_twice(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        compute(0.05);
        _exit(0);
    }
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    double dead = of_children();
    waitpid(child, NULL, 0);  // ① the child is dead
    double collected = of_children();
    printf("dead: %.2f s, collected: %.2f s\n", dead, collected);
}

void ask_wait4(void) {
    siginfo_t info;
    struct rusage usage;
    double much = 20.0 * clock() / CLOCKS_PER_SEC;  // on slow machines
    if (much < 0.05)
        much = 0.05;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pid_t grandchild = fork();
        if (grandchild == -1)
            err(1, "fork");
        if (grandchild == 0) {  // in the grandchild
            compute(much);
            _exit(0);
        }
        waitid(P_PID, grandchild, &info, WEXITED);
        _exit(0);
    }
    wait4(child, NULL, 0, &usage);
    printf("%s\n", seconds(&usage) >= much ? "much" : "little");
}

void adopt_orphans(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
        err(1, "prctl");
}

/* adopt_a_grandchild is not compared: its output depends on the time. */

void adopt_a_grandchild(void) {
    adopt_orphans();
    double much = 20.0 * clock() / CLOCKS_PER_SEC;  // on slow machines
    if (much < 0.05)
        much = 0.05;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pid_t grandchild = fork();
        if (grandchild == -1)
            err(1, "fork");
        if (grandchild == 0)  // in the grandchild
            compute(much);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    double before = of_children();
    wait(NULL);
    double adopted = of_children() - before;
    printf("adopted: %.2f s\n", adopted);
}
