/* fails: many */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s 'COMMAND LINE'\n", argv[0]);
        return 2;
    }
    char *words[11] = {NULL};
    int count = 0;
    for (char *word = strtok(argv[1], " \t"); word != NULL && count < 10; word = strtok(NULL, " \t"))
        words[count++] = word;
    if (count == 0)
        return 0;
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        execvp(words[0], words); /* NULL is after the last word */
        perror(words[0]);
        _exit(127);
    }
    int status;
    if (waitpid(pid, &status, 0) == -1) {
        perror("waitpid");
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
