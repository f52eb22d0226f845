/* fails: statuses.killed */
#include <ctype.h>
#include <errno.h>
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

/* Run a program and return its status as shells report it. */
static int run(char **command) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        execvp(command[0], command);
        int code = errno == ENOENT ? 127 : 126;
        perror(command[0]);
        _exit(code);
    }
    int word;
    waitpid(pid, &word, 0);
    return WEXITSTATUS(word);
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
