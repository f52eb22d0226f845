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
    // BEGIN SOLUTION
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
    // END SOLUTION
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
    // BEGIN SOLUTION
        execvp(words[0], words); /* calloc has put the NULL after the last word */
        perror(words[0]);
        _exit(127);
    }
    int status;
    if (waitpid(pid, &status, 0) == -1) {
        perror("waitpid");
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    // INSTEAD
    //     execlp(argv[1], argv[1], (char *)NULL); /* a single word; nothing is split yet */
    //     perror(argv[1]);
    //     _exit(1);
    // }
    // waitpid(pid, NULL, 0);
    // return 0;
    // END SOLUTION
}
