// right: a short shell with fork, exec, wait, cd, path, > and &, as in OSTEP
// asked: ostep-wish
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(void) {
    write(STDERR_FILENO, "An error has occurred\n", 22);
    return -1;
}

static int split(char *text, char **words) {
    int count = 0;
    for (char *word; (word = strsep(&text, " \t\n")) && count < 63;)
        if (*word)
            words[count++] = word;
    words[count] = NULL;
    return count;
}

static char *path[64] = {"/bin"};

static void set_path(char **words) {
    int count = 0;
    for (; words[count]; count++)
        path[count] = strdup(words[count]);
    path[count] = NULL;
}

static pid_t run(char *command) {
    char *words[64], *files[64], *file = NULL, *output = command, program[4096];
    command = strsep(&output, ">");
    int count = split(command, words);
    if (output) {
        int has_more = strchr(output, '>') != NULL;
        if (has_more || count == 0 || split(output, files) != 1)
            return fail();
        file = files[0];
    }
    if (count == 0)
        return -1;
    if (strcmp(words[0], "exit") == 0) {
        if (count == 1)
            exit(0);
        return fail();
    }
    if (strcmp(words[0], "cd") == 0)
        return count != 2 || chdir(words[1]) != 0 ? fail() : -1;
    if (strcmp(words[0], "path") == 0) {
        set_path(words + 1);
        return -1;
    }
    for (char **folder = path; *folder; folder++) {
        snprintf(program, sizeof program, "%s/%s", *folder, words[0]);
        if (access(program, X_OK) != 0)
            continue;
        pid_t pid = fork();
        if (pid != 0)
            return pid;
        if (file) {
            int number = open(file, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
            if (number < 0 || dup2(number, 1) < 0 || dup2(number, 2) < 0)
                _exit(1);
        }
        execv(program, words);
        fail();
        _exit(1);
    }
    return fail();
}

int main(int count, char **words) {
    char *line = NULL;
    size_t room = 0;
    FILE *from = count == 2 ? fopen(words[1], "re") : stdin;
    if (count > 2 || !from) {
        fail();
        exit(1);
    }
    for (;;) {
        if (count == 1) {
            printf("wish> ");
            fflush(stdout);
        }
        if (getline(&line, &room, from) <= 0)
            exit(0);
        pid_t pids[64];
        int started = 0;
        for (char *command, *rest = line; (command = strsep(&rest, "&")) && started < 64;)
            if ((pids[started] = run(command)) > 0)
                started++;
        while (started > 0)
            waitpid(pids[--started], NULL, 0);
    }
}
