#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int word;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(3);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        kill(getpid(), SIGKILL);
    pid_t children[] = {first, second};
    for (int i = 0; i < 2; i++) {
        if (waitpid(children[i], &word, 0) == -1)
            err(1, "waitpid");
        if (WEXITSTATUS(word) > 128)
            printf("killed by signal %d\n", WTERMSIG(word));
        else
            printf("exit status %d\n", WEXITSTATUS(word));
    }
    fflush(stdout);
}
