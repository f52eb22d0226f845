#include "course.h"
/* A shell with words, <, >, pipelines and exit; it runs a pipeline of three stages. */

static char *words[32];

static int split(char *line) {
    int count = 0;
    for (char *word = strtok(line, " \n"); word && count < 31; word = strtok(NULL, " \n"))
        words[count++] = word;
    words[count] = NULL;
    return count;
}

static void redirected(char *name, int flags, int number) {
    int file = open(name, flags, 0600);
    if (file < 0) _exit(1);
    dup2(file, number);
    close(file);
}

static void execute(char *text) {
    char *argv[32];
    int count = 0;
    split(text);
    for (char **word = words; *word; word++) {
        if (**word == '<') redirected(*++word, O_RDONLY, 0);
        else if (**word == '>') redirected(*++word, O_WRONLY | O_CREAT | O_TRUNC, 1);
        else argv[count++] = *word;
    }
    argv[count] = NULL;
    execvp(argv[0], argv);
    say("not found\n");
    _exit(127);
}

static int pipeline(char *line) {
    int input = 0, status = 0, count = 0;
    char *rest = NULL;
    for (char *stage = strtok_r(line, "|", &rest); stage; count++) {
        char *next = strtok_r(NULL, "|", &rest);
        int ends[2] = {-1, 1};
        if (next) pipe(ends);
        if (fork() == 0) {
            if (input) { dup2(input, 0); close(input); }
            if (next) { dup2(ends[1], 1); close(ends[1]); close(ends[0]); }
            execute(stage);
        }
        if (input) close(input);
        if (next) close(ends[1]);
        input = next ? ends[0] : 0;
        stage = next;
    }
    while (count-- > 0) wait(&status);
    return WEXITSTATUS(status);
}

int main(void) {
    char line[] = "echo a b | cat | cat";
    int status = pipeline(line);
    say_char('0' + status);
}
