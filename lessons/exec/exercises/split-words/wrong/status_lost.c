/* fails: status */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s 'COMMAND LINE'\n", argv[0]);
        return 2;
    }
    char **words = calloc(strlen(argv[1]) / 2 + 2, sizeof *words);
    if (words == NULL) {
        perror("calloc");
        return 1;
    }
    int count = 0;
    for (char *word = strtok(argv[1], " \t"); word != NULL; word = strtok(NULL, " \t"))
        words[count++] = word;
    if (count == 0)
        return 0;
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        execvp(words[0], words); /* calloc has put the NULL after the last word */
        perror(words[0]);
        _exit(127);
    }
    if (waitpid(pid, NULL, 0) == -1) {
        perror("waitpid");
        return 1;
    }
    return 0;
}
