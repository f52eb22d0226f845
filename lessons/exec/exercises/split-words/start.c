#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s 'COMMAND LINE'\n", argv[0]);
        return 2;
    }
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        execlp(argv[1], argv[1], (char *)NULL); /* a single word; nothing is split yet */
        perror(argv[1]);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return 0;
}
