/* Rule 5: the order is not specified. The demonstrations of rule_5_order.py, in C. */
#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

void race(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        write(1, "child ", 6);
        _exit(0);
    }
    write(1, "parent ", 7);
    waitpid(child, NULL, 0);
}

void ordered_by_wait(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        write(1, "child ", 6);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    write(1, "parent ", 7);
}

void ordered_by_pipe(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        char byte;
        if (read(read_end, &byte, 1) != 1)
            _exit(1);
        write(1, "child ", 6);
        _exit(0);
    }
    write(1, "parent ", 7);
    if (write(write_end, "!", 1) != 1)
        err(1, "write");
    waitpid(child, NULL, 0);
}
