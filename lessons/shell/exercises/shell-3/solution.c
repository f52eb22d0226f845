#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH = 4096 };
static char *words[LENGTH];
static int status;

/* Split a line into words; outside single quotes, replace $? with the last status. */
static int split(const char *in) {
    static char room[2 * LENGTH];
    char *out = room;
    int count = 0;
    for (in += strspn(in, " \t\n"); *in != '\0'; in += strspn(in, " \t\n")) {
        int is_quoted = 0;
        words[count++] = out;
        for (; *in != '\0' && (is_quoted || !isspace((unsigned char)*in)); in++)
            if (*in == '\'')
                is_quoted = !is_quoted;
            else if (!is_quoted && in[0] == '$' && in[1] == '?')
                out += sprintf(out, "%d", status), in++;
            else
                *out++ = *in;
        *out++ = '\0';
    }
    words[count] = NULL;
    return count;
}

// BEGIN SOLUTION
static const struct redirection {
    const char *word;
    int target, flags;
} redirections[] = {
    {"<", 0, O_RDONLY},
    {">", 1, O_WRONLY | O_CREAT | O_TRUNC},
    {">>", 1, O_WRONLY | O_CREAT | O_APPEND},
    {"2>", 2, O_WRONLY | O_CREAT | O_TRUNC},
};

static const struct redirection *redirection_of(const char *word) {
    for (size_t i = 0; i < sizeof redirections / sizeof *redirections; i++)
        if (strcmp(word, redirections[i].word) == 0)
            return &redirections[i];
    return NULL;
}

/* Carry out the redirections, from left to right, and leave the other words. */
static void redirect(char **command) {
    char **other = command;
    for (char **word = command; *word != NULL; word++) {
        const struct redirection *entry = redirection_of(*word);
        if (strcmp(*word, "2>&1") == 0) {
            dup2(1, 2);
        } else if (entry != NULL) {
            const char *name = word[1] != NULL ? *++word : "";
            int file = open(name, entry->flags, 0666);
            if (file == -1) {
                perror(name);
                _exit(1);
            }
            dup2(file, entry->target);
            close(file);
        } else {
            *other++ = *word;
        }
    }
    *other = NULL;
}

static void execute(char **command) {
    redirect(command);
    if (command[0] == NULL)
        _exit(0);
    execvp(command[0], command);
    int code = errno == ENOENT ? 127 : 126;
    perror(command[0]);
    _exit(code);
}

/* Run a program and return its status as shells report it. */
// INSTEAD
// /* The splitter knows quotes and $? already; but nobody looks at how a command ended. */
// /* Run a program; return its status as shells report it (not done yet). */
// END SOLUTION
static int run(char **command) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    // BEGIN SOLUTION
    if (pid == 0)
        execute(command);
    int word;
    waitpid(pid, &word, 0);
    return WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
    // INSTEAD
    // if (pid == 0) {
    //     execvp(command[0], command);
    //     perror(command[0]);
    //     _exit(1);
    // }
    // waitpid(pid, NULL, 0);
    // return 0;
    // END SOLUTION
}

static int change_directory(const char *to) {
    if (chdir(to) == 0)
        return 0;
    perror(to);
    return 1;
}

/* Return the exit code in the operand of exit; 2 if it is not valid. */
static int exit_code(const char *word) {
    char *end;
    long code = strtol(word, &end, 10);
    if (end == word || *end != '\0' || code < 0 || code > 255) {
        fprintf(stderr, "exit: %s: not a number from 0 to 255\n", word);
        return 2;
    }
    return (int)code;
}

int main(void) {
    char line[LENGTH];
    for (;;) {
        printf("$ ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            return status;
        int count = split(line);
        if (count == 0)
            continue;
        if (strcmp(words[0], "exit") == 0)
            return count > 1 ? exit_code(words[1]) : status;
        if (strcmp(words[0], "cd") == 0 && count == 2)
            status = change_directory(words[1]);
        else
            status = run(words);
    }
}
