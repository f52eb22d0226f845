/* Rule 1: both processes continue. The demonstrations of rule_1_both_continue.py, in C. */
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void both(void) {
    write(1, "before ", 7);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    write(1, "after ", 6);
    if (child != 0)  // in the parent
        waitpid(child, NULL, 0);
}

pid_t helper(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    write(1, "inner ", 6);
    return child;
}

void caller(void) {
    pid_t number = helper();
    write(1, "outer ", 6);
    if (number != 0)  // in the parent
        waitpid(number, NULL, 0);
}

void in_a_loop(void) {
    pid_t child = 0;
    for (int number = 1; number <= 3; number++) {
        if (number == 2) {
            child = fork();
            if (child == -1)
                err(1, "fork");
        }
        dprintf(1, "%d ", number);
    }
    if (child != 0)  // in the parent
        waitpid(child, NULL, 0);
}
