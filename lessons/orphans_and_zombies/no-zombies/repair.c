#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int word;
    signal(SIGCHLD, SIG_IGN);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(7);
    if (waitpid(child, &word, 0) == -1)  // ECHILD
        printf("no status\n");
    else
        printf("exit status %d\n", WEXITSTATUS(word));
    fflush(stdout);
}
