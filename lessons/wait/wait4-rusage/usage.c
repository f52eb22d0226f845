#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

int main(void) {
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
