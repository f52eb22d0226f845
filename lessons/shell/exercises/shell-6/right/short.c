// right: a short shell with fork, exec, wait, cd and >, as in OSTEP
// lacks: statuses, zombies.background, pipe, pipeline, early-reader, output.appends, input, errors
// lacks: groups, interrupt, quit, stop, fg, bg, background, other-child, jobs
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char *line = NULL, *words[64];
    size_t room = 0;
    while (printf("short> "), fflush(stdout), getline(&line, &room, stdin) > 0) {
        int count = 0;
        char *file = NULL;
        for (char *word, *rest = line; (word = strsep(&rest, " \t\n")) && count < 63;)
            if (*word)
                words[count++] = word;
        words[count] = NULL;
        for (int i = 0; i + 1 < count; i++)
            if (strcmp(words[i], ">") == 0) {
                file = words[i + 1];
                words[i] = NULL;
            }
        if (count == 0)
            continue;
        if (strcmp(words[0], "exit") == 0)
            exit(words[1] ? atoi(words[1]) : 0);
        if (strcmp(words[0], "cd") == 0) {
            if (chdir(words[1] ? words[1] : "/") != 0)
                perror("cd");
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            if (file) {
                close(STDOUT_FILENO);
                if (open(file, O_CREAT | O_WRONLY | O_TRUNC, 0644) < 0)
                    _exit(1);
            }
            execvp(words[0], words);
            perror(words[0]);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
    }
    return 0;
}
