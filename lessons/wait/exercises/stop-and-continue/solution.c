#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

static void give_terminal(pid_t group) {
    /* From the background SIGTTOU would stop this process. */
    sigset_t ttou, before;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    sigprocmask(SIG_BLOCK, &ttou, &before);
    tcsetpgrp(0, group);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void wait_for_enter(void) {
    char letter;
    while (read(0, &letter, 1) == 1 && letter != '\n')
        continue;
}
// END SOLUTION

int main(int argc, char *argv[]) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
        return 2;
    }
    pid_t child = fork();
    if (child == -1) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
    // BEGIN SOLUTION
        if (setpgid(0, 0) == -1) {
            perror("setpgid");
            _exit(126);
        }
        give_terminal(getpid());
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    setpgid(child, child); /* either process can be first: EACCES is not an error */
    give_terminal(child);
    int pid = child, status;
    for (;;) {
        if (waitpid(child, &status, WUNTRACED | WCONTINUED) == -1) {
            perror("waitpid");
            return 1;
        }
        if (WIFSTOPPED(status)) {
            give_terminal(getpgrp());
            printf("%d stopped %d\n", pid, WSTOPSIG(status));
            wait_for_enter();
            give_terminal(child);
            kill(-child, SIGCONT);
        } else if (WIFCONTINUED(status)) {
            printf("%d continued\n", pid);
        } else {
            break;
        }
    }
    give_terminal(getpgrp());
    if (WIFEXITED(status)) {
        printf("%d exited %d\n", pid, WEXITSTATUS(status));
        return WEXITSTATUS(status);
    }
    printf("%d killed %d\n", pid, WTERMSIG(status));
    return 128 + WTERMSIG(status);
    // INSTEAD
    //     execvp(argv[1], argv + 1);
    //     perror(argv[1]);
    //     _exit(127);
    // }
    // int status;
    // if (waitpid(child, &status, 0) == -1) {
    //     perror("waitpid");
    //     return 1;
    // }
    // /* Give the child a group and the terminal, and report each stop and continue. */
    // return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    // END SOLUTION
}
