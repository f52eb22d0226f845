#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    kill(child, SIGQUIT);
    kill(child, SIGTERM);
    wait(&status);
    printf("%d\n", WTERMSIG(status));
}
