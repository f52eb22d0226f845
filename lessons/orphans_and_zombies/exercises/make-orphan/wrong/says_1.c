/* fails: told */
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
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
            sched_yield(); /* the parent's children get a new parent soon */
        printf("%d 1\n", (int)before);
        fflush(stdout);
        _exit(0);
    }
    return 0;
}
