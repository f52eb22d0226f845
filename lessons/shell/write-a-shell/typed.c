#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char lines[2][10] = {"nosuch it", "echo done"};
    for (int i = 0; i < 2; i++) {
        char *words[6] = {strtok(lines[i], " ")};
        for (int n = 0; words[n] != NULL; n++)
            words[n + 1] = strtok(NULL, " ");
        pid_t command = fork();
        if (command == -1)
            err(1, "fork");
        if (command != 0) {  // in the shell
            waitpid(command, NULL, 0);
            continue;
        }
        execvp(words[0], words);
        dprintf(2, "not found\n");
        _exit(127);
    }
}
