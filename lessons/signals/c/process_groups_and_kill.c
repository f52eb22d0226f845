/* Process groups and kill. The demonstrations of process_groups_and_kill.py, in C. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void one_or_all(void) {
    char byte;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int ready = ends[0], tell = ends[1];
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        setpgid(0, 0);
        switch (fork()) {
        case -1:
            err(1, "fork");
        case 0:  // in the grandchild
            write(tell, "!", 1);
        }
        pause();
    }
    read(ready, &byte, 1);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
}

void own_group(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    kill(0, SIGTERM);
    waitpid(child, NULL, 0);
    write(1, "my child has ended", 18);
}

void still_there(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    kill(child, 0);  // ① the child has ended
    write(1, "it exists, ", 11);
    waitpid(child, NULL, 0);
    if (kill(child, 0) == -1 && errno == ESRCH)
        write(1, "it is gone", 10);
}

void make_a_group(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        raise(SIGSTOP);
        setpgid(0, 0);
        _exit(0);
    }
    if (kill(-child, 0) == 0)
        write(1, "group", 5);
    else if (errno == ESRCH)
        write(1, "no group", 8);
    waitpid(child, NULL, 0);
}
