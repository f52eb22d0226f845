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

int main(void) {
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
        waitid(P_PID, grandchild, &info, WEXITED | WNOWAIT);
        _exit(0);
    }
    wait4(child, NULL, 0, &usage);
    printf("%s\n", seconds(&usage) >= much ? "much" : "little");
}
