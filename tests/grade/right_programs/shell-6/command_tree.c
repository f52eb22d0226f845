// right: a shell whose child runs a tree of commands, as in xv6
// lacks: statuses, groups, stop, fg, bg, background, zombies.background, other-child, jobs
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind { EXECUTE, REDIRECT, DUPLICATE, PIPE };
struct command {
    enum kind kind;
    char *words[64], *file;
    int count, flags, number;
    struct command *left, *right;
};

static struct command *node(enum kind kind) {
    struct command *command = calloc(1, sizeof *command);
    if (!command)
        exit(70);
    command->kind = kind;
    return command;
}

static char *next_word(char **rest) {
    char *from = *rest + strspn(*rest, " \t"), *word = strdup(from), *to = word;
    int is_quoted = 0;
    while (*from && (is_quoted || !strchr(" \t", *from))) {
        if (*from == '\'')
            is_quoted = !is_quoted;
        else
            *to++ = *from;
        from++;
    }
    *to = 0;
    *rest = from;
    return word;
}

// The first redirection is the outermost node, so it is executed first.
static struct command *parse_simple(char *text) {
    struct command *execute = node(EXECUTE), *top = execute, **place = &top;
    while (text[strspn(text, " \t")] && execute->count < 63) {
        char *word = next_word(&text);
        struct command *redirect = NULL;
        if (!strcmp(word, "2>&1"))
            redirect = node(DUPLICATE);
        else if (!strcmp(word, "<") || !strcmp(word, ">") || !strcmp(word, ">>") || !strcmp(word, "2>")) {
            redirect = node(REDIRECT);
            redirect->number = word[0] == '<' ? 0 : word[0] == '2' ? 2 : 1;
            redirect->flags = word[0] == '<' ? O_RDONLY : O_WRONLY | O_CREAT | (word[1] == '>' && word[0] == '>' ? O_APPEND : O_TRUNC);
            redirect->file = next_word(&text);
        } else
            execute->words[execute->count++] = word;
        if (redirect) {
            redirect->left = execute;
            *place = redirect;
            place = &redirect->left;
        }
    }
    return top;
}

static struct command *parse(char *text) {
    char *first = strsep(&text, "|");
    if (!text)
        return parse_simple(first);
    struct command *both = node(PIPE);
    both->left = parse_simple(first);
    both->right = parse(text);
    return both;
}

// Runs in a child, and never returns.
static void run(struct command *command) {
    int ends[2];
    switch (command->kind) {
    case EXECUTE:
        if (command->count == 0)
            _exit(0);
        execvp(command->words[0], command->words);
        int code = errno == ENOENT ? 127 : 126;
        perror(command->words[0]);
        _exit(code);
    case REDIRECT:
        close(command->number);
        if (open(command->file, command->flags, 0666) < 0) {
            perror(command->file);
            _exit(1);
        }
        run(command->left);
        break;
    case DUPLICATE:
        dup2(1, 2);
        run(command->left);
        break;
    case PIPE:
        if (pipe(ends))
            _exit(1);
        for (int side = 0; side < 2; side++)
            if (fork() == 0) {
                dup2(ends[side ? 0 : 1], side ? 0 : 1);
                close(ends[0]);
                close(ends[1]);
                run(side ? command->right : command->left);
            }
        close(ends[0]);
        close(ends[1]);
        wait(NULL);
        wait(NULL);
        _exit(0);
    }
}

int main(void) {
    static char line[4096];
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    for (;;) {
        if (write(2, "$ ", 2) != 2 || !fgets(line, sizeof line, stdin))
            return 0;
        line[strcspn(line, "\n")] = 0;
        char *word = line + strspn(line, " \t");
        if (!*word)
            continue;
        if (!strncmp(word, "cd ", 3)) {
            if (chdir(word + 3) < 0)
                fprintf(stderr, "cannot cd %s\n", word + 3);
            continue;
        }
        if (!strncmp(word, "exit", 4))
            return atoi(word + 4);
        if (fork() == 0) {
            signal(SIGINT, SIG_DFL);
            signal(SIGQUIT, SIG_DFL);
            run(parse(line));
        }
        wait(NULL);
    }
}
