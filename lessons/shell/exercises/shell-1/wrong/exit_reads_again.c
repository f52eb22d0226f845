/* fails: missing */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char *word) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return;
    }
    if (pid == 0) {
        execlp(word, word, (char *)NULL);
        perror(word);
        exit(127); /* exit moves the shared offset back to the unread lines */
    }
    waitpid(pid, NULL, 0);
}

int main(void) {
    char line[1024];
    for (;;) {
        printf("$ ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            return 0;
        char *word = strtok(line, " \t\n");
        if (word != NULL)
            run(word);
    }
}
