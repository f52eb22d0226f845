// right: a shell with lists of jobs and processes, as in the manual of the C library
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

// A job is a list of processes, and all jobs are a list. Each process remembers its status word.
struct process {
    struct process *next;
    char *words[64], *from, *to, *errors;
    int count, appends, joins, joins_first;
    pid_t pid;
    int is_over, is_stopped, status;
};
struct job {
    struct job *next;
    struct process *first;
    char *text;
    pid_t group;
    struct termios modes;
};

static struct job *jobs;
static struct termios shell_modes;
static pid_t shell_group;
static int last_status;

static void set_job_signals(void (*action)(int)) {
    const int keys[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        signal(keys[i], action);
}

static void init_shell(void) {
    // A shell that is itself in the background waits until it is in the foreground.
    while (tcgetpgrp(0) != (shell_group = getpgrp()))
        kill(-shell_group, SIGTTIN);
    set_job_signals(SIG_IGN);
    shell_group = getpid();
    if (setpgid(shell_group, shell_group) < 0) {
        perror("Couldn't put the shell in its own process group");
        exit(1);
    }
    tcsetpgrp(0, shell_group);
    tcgetattr(0, &shell_modes);
}

static int open_as(const char *path, int flags, int number) {
    int file = open(path, flags, 0666);
    if (file < 0) {
        perror(path);
        return -1;
    }
    dup2(file, number);
    close(file);
    return 0;
}

static void launch_process(struct process *process, pid_t group, int in, int out, int behind) {
    pid_t pid = getpid();
    setpgid(pid, group ? group : pid);
    if (!behind)
        tcsetpgrp(0, group ? group : pid);
    set_job_signals(SIG_DFL);
    if (in != 0) {
        dup2(in, 0);
        close(in);
    }
    if (out != 1) {
        dup2(out, 1);
        close(out);
    }
    if (process->joins && process->joins_first)
        dup2(1, 2);
    int flags = O_WRONLY | O_CREAT | (process->appends ? O_APPEND : O_TRUNC);
    if ((process->from && open_as(process->from, O_RDONLY, 0)) ||
        (process->to && open_as(process->to, flags, 1)) ||
        (process->errors && open_as(process->errors, O_WRONLY | O_CREAT | O_TRUNC, 2)))
        _exit(1);
    if (process->joins && !process->joins_first)
        dup2(1, 2);
    execvp(process->words[0], process->words);
    int code = errno == ENOENT ? 127 : 126;
    perror(process->words[0]);
    _exit(code);
}

static void mark_status(pid_t pid, int status) {
    for (struct job *job = jobs; job; job = job->next)
        for (struct process *process = job->first; process; process = process->next)
            if (process->pid == pid) {
                process->is_stopped = WIFSTOPPED(status);
                process->is_over = !process->is_stopped;
                process->status = status;
            }
}

static int is_settled(struct job *job, int counts_stopped) {
    for (struct process *process = job->first; process; process = process->next)
        if (!process->is_over && !(counts_stopped && process->is_stopped))
            return 0;
    return 1;
}

static void wait_for_job(struct job *job) {
    int status;
    while (!is_settled(job, 1)) {
        pid_t pid = waitpid(-1, &status, WUNTRACED);
        if (pid < 0 && errno != EINTR)
            break;
        if (pid > 0)
            mark_status(pid, status);
    }
}

static void put_in_foreground(struct job *job, int is_continued) {
    tcsetpgrp(0, job->group);
    if (is_continued) {
        tcsetattr(0, TCSADRAIN, &job->modes);
        kill(-job->group, SIGCONT);
    }
    wait_for_job(job);
    tcsetpgrp(0, shell_group);
    tcgetattr(0, &job->modes);
    tcsetattr(0, TCSADRAIN, &shell_modes);
    struct process *last = job->first;
    while (last->next)
        last = last->next;
    int word = last->status;
    last_status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + (WIFSIGNALED(word) ? WTERMSIG(word) : WSTOPSIG(word));
    if (!is_settled(job, 0))
        fprintf(stderr, "\n[%d] stopped  %s\n", (int)job->group, job->text);
}

static void mark_running(struct job *job) {
    for (struct process *process = job->first; process; process = process->next)
        process->is_stopped = 0;
}

static void free_job(struct job *job) {
    for (struct process *next, *process = job->first; process; process = next) {
        next = process->next;
        for (int i = 0; i < process->count; i++)
            free(process->words[i]);
        free(process);
    }
    free(job->text);
    free(job);
}

static void update_jobs(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WUNTRACED | WNOHANG)) > 0)
        mark_status(pid, status);
    for (struct job **place = &jobs, *job; (job = *place);)
        if (is_settled(job, 0)) {
            *place = job->next;
            free_job(job);
        } else
            place = &job->next;
}

static void launch_job(struct job *job, int behind) {
    int ends[2], in = 0;
    for (struct process *process = job->first; process; process = process->next) {
        ends[1] = 1;
        if (process->next && pipe2(ends, O_CLOEXEC) < 0) {
            perror("pipe");
            exit(1);
        }
        pid_t pid = fork();
        if (pid == 0)
            launch_process(process, job->group, in, ends[1], behind);
        process->pid = pid;
        if (!job->group)
            job->group = pid;
        setpgid(pid, job->group);
        if (in != 0)
            close(in);
        if (ends[1] != 1)
            close(ends[1]);
        in = ends[0];
    }
    job->next = jobs;
    jobs = job;
    if (!behind)
        put_in_foreground(job, 0);
}

static char *word_of(char **rest) {
    char *from = *rest + strspn(*rest, " \t"), word[4096];
    size_t length = 0;
    int quote = 0;
    if (!*from)
        return NULL;
    while (*from && (quote || !strchr(" \t", *from)) && length < sizeof word - 16) {
        if (*from == '\'')
            quote = !quote;
        else if (from[0] == '$' && from[1] == '?')
            length += sprintf(word + length, "%d", last_status), from++;
        else
            word[length++] = *from;
        from++;
    }
    word[length] = 0;
    *rest = from;
    return strdup(word);
}

static struct process *parse(char *text) {
    struct process *process = calloc(1, sizeof *process);
    char *word;
    while ((word = word_of(&text)) && process->count < 63) {
        if (!strcmp(word, "2>&1")) {
            process->joins = 1;
            process->joins_first = process->to == NULL;
        } else if (!strcmp(word, ">") || !strcmp(word, ">>")) {
            process->appends = word[1] == '>';
            process->to = word_of(&text);
        } else if (!strcmp(word, "2>"))
            process->errors = word_of(&text);
        else if (!strcmp(word, "<"))
            process->from = word_of(&text);
        else
            process->words[process->count++] = word;
    }
    return process;
}

static int is_builtin(struct process *process) {
    char **words = process->words;
    if (!strcmp(words[0], "exit"))
        exit(words[1] ? atoi(words[1]) : last_status);
    if (!strcmp(words[0], "cd")) {
        last_status = chdir(words[1] ? words[1] : getenv("HOME")) < 0;
        return 1;
    }
    if (!strcmp(words[0], "jobs")) {
        for (struct job *job = jobs; job; job = job->next)
            printf("%d %s\n", (int)job->group, job->text);
        return 1;
    }
    if (jobs && (!strcmp(words[0], "fg") || !strcmp(words[0], "bg"))) {
        mark_running(jobs);
        if (words[0][0] == 'f')
            put_in_foreground(jobs, 1);
        else
            kill(-jobs->group, SIGCONT);
        return 1;
    }
    return 0;
}

int main(void) {
    char line[4096];
    init_shell();
    for (;;) {
        update_jobs();
        fputs("# ", stdout);
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin))
            return 0;
        line[strcspn(line, "\n")] = 0;
        if (!line[strspn(line, " \t")])
            continue;
        struct job *job = calloc(1, sizeof *job);
        job->text = strdup(line);
        char *end = line + strlen(line) - 1;
        int behind = *end == '&';
        if (behind)
            *end = 0;
        struct process **place = &job->first;
        for (char *part, *rest = line; (part = strsep(&rest, "|"));) {
            *place = parse(part);
            place = &(*place)->next;
        }
        if (job->first->count == 0 || (!job->first->next && is_builtin(job->first)))
            free_job(job);
        else
            launch_job(job, behind);
    }
}
