#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    // BEGIN SOLUTION
    pid_t before = getpid(); /* ask here: this process may have ended when the child begins */
    int ends[2];
    if (pipe(ends) == -1) {
        perror("pipe");
        return 1;
    }
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        char byte;
        close(ends[1]);
        if (read(ends[0], &byte, 1) != 0) /* end of file: no process holds the write end any more */
            _exit(1);
        while (getppid() == before)
            sched_yield(); /* the kernel is about to give its children a new parent */
        printf("%d %d\n", (int)before, (int)getppid());
        fflush(stdout);
        _exit(0);
    // INSTEAD
    // pid_t child = fork();
    // if (child == -1) {
    //     perror("fork");
    //     return 1;
    // }
    // if (child == 0) {
    //     printf("%d\n", (int)getppid());
    //     /* Wait until the parent has ended. Then print both pids on one line. */
    //     return 0;
    // END SOLUTION
    }
    return 0;
}
