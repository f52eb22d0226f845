/* fails: taken_back */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void give_terminal(pid_t group) {
    /* Also from the background, where SIGTTOU would stop us. */
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
        setpgid(0, 0);
        give_terminal(getpid());
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    setpgid(child, child); /* nobody knows who comes first */
    give_terminal(child);
    int pid = child, status;
    while (waitpid(child, &status, WUNTRACED | WCONTINUED) == child) {
        if (WIFSTOPPED(status)) {
            tcsetpgrp(0, getpgrp()); /* from the background */
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
}
