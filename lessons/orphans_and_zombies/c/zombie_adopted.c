/* A zombie whose parent ends. The demonstrations of zombie_adopted.py, in C. */
#include <err.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void adopt_orphans(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
        err(1, "prctl");
}

void end_the_parent(void) {
    int status;
    adopt_orphans();
    pid_t parent = fork();
    if (parent == -1)
        err(1, "fork");
    if (parent == 0) {  // in the parent
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(42);
        _exit(0);  // ① the child is a zombie
    }
    waitpid(parent, NULL, 0);
    wait(&status);  // ② the parent is gone
}

void fill_the_table(void) {
    pid_t child;
    do {
        child = fork();
        if (child == 0)  // in the child
            _exit(0);  // its work is done
    } while (child != -1);
    if (errno == EAGAIN) {
        wait(NULL);  // ① fork has failed
    }
    switch (fork()) {
    case -1:
        err(1, "fork");
    case 0:  // in one more child
        _exit(0);
    }
    write(1, "one more\n", 9);
}

void serve_six(void) {
    for (int i = 0; i < 6; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(0);  // its work is done
        waitpid(child, NULL, 0);
    }
    write(1, "six served\n", 11);
}
