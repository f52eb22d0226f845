/* fails: told */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    signal(SIGCHLD, SIG_IGN); /* no zombies, and no statuses */
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == -1) {
            perror("fork");
            return 1;
        }
        if (child == 0) {
            pause();
            _exit(0);
        }
    }
    int status = 0;
    for (pid_t pid; (pid = wait(&status)) > 0;)
        printf("%d %d\n", (int)pid, WTERMSIG(status));
    return 0;
}
