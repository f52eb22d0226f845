/* Rule 2: fork returns two values. The demonstrations of rule_2_return_value.py, in C. */
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void two_values(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(0);  // ① both have their value
    }
    waitpid(child, NULL, 0);
}

void falls_through(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        write(1, "the child's work\n", 17);
    write(1, "the parent's work\n", 18);
    if (child != 0)
        waitpid(child, NULL, 0);
}

void two_children(void) {
    int status;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(1);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0) {  // in the second child
        _exit(2);  // ① the parent waits
    }
    waitpid(second, &status, 0);
    dprintf(1, "the second: %d\n", WEXITSTATUS(status));
    waitpid(first, &status, 0);  // the other
}
