/* fails: together */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    for (int i = 1; i < argc; i++) {
        int status;
        pid_t pid = fork();
        if (pid == -1) {
            perror("fork");
            return 1;
        }
        if (pid == 0)
            _exit((int)strtol(argv[i], NULL, 10));
        waitpid(pid, &status, 0);
        printf("%d %d\n", (int)pid, WEXITSTATUS(status));
    }
    return 0;
}
