#define _GNU_SOURCE /* pipe2 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// BEGIN SOLUTION
enum { LENGTH = 4096, JOBS = 64 };
static const int keys[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
static struct job {
    pid_t group, last; /* group 0: this slot is free */
    char text[256];
} jobs[JOBS];
// INSTEAD
// /* Still to come: | between commands. */
// enum { LENGTH = 4096 };
// END SOLUTION
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

// BEGIN SOLUTION
static void set_keys(void (*what)(int)) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        signal(keys[i], what);
}

/* Set a process's group and give the group the terminal; both parent and child do this. */
static void join(pid_t pid, pid_t group, int in_background) {
    setpgid(pid, group);
    if (!in_background)
        tcsetpgrp(2, group != 0 ? group : getpgrp());
}

static pid_t start(char **command, int source, int target, pid_t group, int in_background) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return pid;
    }
    if (pid == 0) {
        join(0, group, in_background);
        set_keys(SIG_DFL); /* ignored signals stay ignored after exec */
        dup2(source, 0);
        dup2(target, 1);
        execute(command);
    }
    join(pid, group != 0 ? group : pid, in_background);
    return pid;
}

/* Wait until a job has ended or stopped; return its status as shells report it. */
static int wait_for(struct job *job) {
    int word, code = 0;
    pid_t pid;
    while ((pid = waitpid(-job->group, &word, WUNTRACED)) > 0) {
        if (WIFSTOPPED(word)) {
            printf("\nstopped: %s\n", job->text);
            code = 128 + WSTOPSIG(word);
            break;
        }
        if (pid == job->last)
            code = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
    }
    if (pid == -1)
        job->group = 0; /* ECHILD: the whole job is collected */
    tcsetpgrp(2, getpgrp());
    return code;
}

/* Collect the background processes that have ended, without waiting. */
static void collect(void) {
    for (struct job *job = jobs; job < jobs + JOBS; job++) {
        pid_t pid = 0;
        while (job->group != 0 && (pid = waitpid(-job->group, NULL, WNOHANG)) > 0)
            continue;
        if (pid == -1) {
            printf("done: %s\n", job->text);
            job->group = 0;
        }
    }
}

static struct job *last_job(void) {
    struct job *last = NULL;
    for (struct job *job = jobs; job < jobs + JOBS; job++)
        if (job->group != 0)
            last = job;
    return last;
}

static int list_jobs(void) {
    for (struct job *job = jobs; job < jobs + JOBS; job++)
        if (job->group != 0)
            printf("%s\n", job->text);
    return 0;
}

static int resume(int in_front) {
    struct job *job = last_job();
    if (job == NULL) {
        printf("there is no job\n");
        return 1;
    }
    if (in_front)
        tcsetpgrp(2, job->group);
    kill(-job->group, SIGCONT);
    return in_front ? wait_for(job) : 0;
}

/* Put a NULL between the commands of a pipeline; return how many there are, 0 if one is empty. */
static int divide(char **commands[]) {
    int count = 0;
    commands[count++] = words;
    for (char **word = words; *word != NULL; word++)
        if (strcmp(*word, "|") == 0) {
            *word = NULL;
            commands[count++] = word + 1;
        }
    for (int i = 0; i < count; i++)
        if (commands[i][0] == NULL)
            return 0;
    return count;
}

/* Run a pipeline; return its status as shells report it, 0 if it runs in the background. */
static int run(int length, const char *text) {
    static char **commands[LENGTH];
    int in_background = strcmp(words[length - 1], "&") == 0, source = 0, started = 0;
    if (in_background)
        words[length - 1] = NULL;
    int count = divide(commands);
    struct job *job = jobs;
    while (job < jobs + JOBS && job->group != 0)
        job++;
    if (count == 0 || job == jobs + JOBS) {
        fprintf(stderr, "%s\n", count == 0 ? "a command is missing" : "there are too many jobs");
        return 2;
    }
    snprintf(job->text, sizeof job->text, "%.255s", text);
    while (started < count) {
        int ends[2] = {0, 1};
        if (started + 1 < count && pipe2(ends, O_CLOEXEC) == -1) { /* exec closes both ends */
            perror("pipe");
            break;
        }
        job->last = start(commands[started], source, ends[1], job->group, in_background);
        if (source != 0)
            close(source);
        if (ends[1] != 1)
            close(ends[1]);
        source = ends[0];
        if (job->last == -1)
            break;
        if (job->group == 0)
            job->group = job->last;
        started++;
    }
    if (source != 0)
        close(source);
    int code = in_background || started == 0 ? 0 : wait_for(job);
    return started == count ? code : 1;
// INSTEAD
// /* Run a program and return its status as shells report it. */
// static int run(char **command) {
//     pid_t pid = fork();
//     if (pid == -1) {
//         perror("fork");
//         return 1;
//     }
//     if (pid == 0)
//         execute(command);
//     int word;
//     waitpid(pid, &word, 0);
//     return WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
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
    // BEGIN SOLUTION
    set_keys(SIG_IGN);
    for (;;) {
        collect();
        printf("$ ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            return status;
        line[strcspn(line, "\n")] = '\0';
    // INSTEAD
    // for (;;) {
    //     printf("$ ");
    //     fflush(stdout);
    //     if (fgets(line, sizeof line, stdin) == NULL)
    //         return status;
    // END SOLUTION
        int count = split(line);
        if (count == 0)
            continue;
        if (strcmp(words[0], "exit") == 0)
            return count > 1 ? exit_code(words[1]) : status;
        if (strcmp(words[0], "cd") == 0 && count == 2)
            status = change_directory(words[1]);
        // BEGIN SOLUTION
        else if (strcmp(words[0], "jobs") == 0)
            status = list_jobs();
        else if (strcmp(words[0], "fg") == 0 || strcmp(words[0], "bg") == 0)
            status = resume(words[0][0] == 'f');
        else
            status = run(count, line);
        // INSTEAD
        // else
        //     status = run(words);
        // END SOLUTION
    }
}
