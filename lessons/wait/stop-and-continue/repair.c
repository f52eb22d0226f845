#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANGES (WUNTRACED | WCONTINUED)

int main(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        kill(getpid(), SIGSTOP);
        _exit(3);
    }
    while (1) {
        waitpid(child, &status, 0);
        if (!WIFSTOPPED(status))
            break;
        kill(child, SIGCONT);
    }
    printf("exit status %d\n", WEXITSTATUS(status));
    fflush(stdout);
}
