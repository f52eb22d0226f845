/* An orphan is adopted. The demonstrations of orphan.py, in C. */
#include <err.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void adopt_orphans(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
        err(1, "prctl");
}

void lose_the_parent(void) {
    adopt_orphans();  // a subreaper from now on: prctl(2)
    pid_t parent = fork();
    if (parent == -1)
        err(1, "fork");
    if (parent == 0) {  // in the parent
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            pause();  // the child is alive until you kill it
        _exit(0);  // ① the child has its parent
    }
    waitpid(parent, NULL, 0);  // ② the parent has ended
    waitpid(-1, NULL, 0);
}

void stop_a_program(void) {
    char byte;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int told = ends[0], tell = ends[1];
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        setpgid(0, 0);
        pid_t helper = fork();
        if (helper == -1)
            err(1, "fork");
        if (helper == 0) {  // in the helper
            write(tell, ".", 1);  // it is alive
            pause();
        }
        pause();
    }
    read(told, &byte, 1);
    kill(program, SIGTERM);  // ① both are alive
    waitpid(program, NULL, 0);
}

void end_all_of_it(void) {
    char byte;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int ready = ends[0], tell = ends[1];
    pid_t program = fork();
    if (program == -1)
        err(1, "fork");
    if (program == 0) {  // in the program
        setpgid(0, 0);
        pid_t helper = fork();
        if (helper == -1)
            err(1, "fork");
        if (helper == 0)  // in the helper
            write(tell, "!", 1);
        pause();
    }
    read(ready, &byte, 1);  // both are alive
    kill(-program, SIGTERM);
    waitpid(program, NULL, 0);
}
