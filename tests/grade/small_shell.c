/* A small shell with job control; -DDEFECT=n seeds one mistake that students make. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
    NONE,
    NO_WAIT,           /* 1 the shell does not wait for the foreground */
    SECOND_SHELL,      /* 2 a child whose exec failed goes on as a shell */
    NO_GROUP,          /* 3 children stay in the shell's group */
    KEEPS_TERMINAL,    /* 4 the job never gets the terminal */
    IGNORED_SIGNALS,   /* 5 children inherit ignored signals */
    WRITE_END,         /* 6 the shell keeps the pipe's write end while it waits */
    CHILD_WRITE_END,   /* 7 the reading child keeps the write end */
    ONE_AFTER_ANOTHER, /* 8 a pipeline's programs run one after the other */
    NO_TRUNC,          /* 9 > does not empty the file */
    ANY_CHILD,         /* 10 the foreground wait is ended by any child */
    NO_UNTRACED,       /* 11 ^Z leaves the shell waiting */
    NO_CONT,           /* 12 fg does not send SIGCONT */
    ZOMBIES,           /* 13 background jobs are never collected */
    LEAK,              /* 14 a descriptor of the shell's leaks into programs */
    CD_IN_CHILD,       /* 15 cd runs in a child */
    STATUS_WORD,       /* 16 $? is the status word, not the exit status */
    DIES_OF_INTERRUPT, /* 17 ^C ends the shell */
};
#ifndef DEFECT
#define DEFECT NONE
#endif
#define HAS(defect) (DEFECT == (defect))

struct job { pid_t group; int members, stopped; char text[256]; };
static struct job jobs[64];
static int last_status, leaking = -1;
static pid_t shell_group;
static const int keys[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

static void set_keys(void (*what)(int)) {
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!(HAS(DIES_OF_INTERRUPT) && keys[i] == SIGINT && what == SIG_IGN))
            signal(keys[i], what);
}

static int status_of(int word) {
    if (HAS(STATUS_WORD)) return word;
    return WIFSIGNALED(word) ? 128 + WTERMSIG(word) : WEXITSTATUS(word);
}

static struct job *job_of(pid_t group) {
    for (int i = 0; i < 64; i++) if (jobs[i].group == group) return &jobs[i];
    return NULL;
}

static struct job *new_job(pid_t group, const char *text) {
    struct job *job = job_of(0);
    if (!job) exit(70);
    *job = (struct job){.group = group};
    snprintf(job->text, sizeof job->text, "%s", text);
    return job;
}

static void tidy(void) {
    if (HAS(ZOMBIES)) return;
    for (int i = 0; i < 64; i++)
        while (jobs[i].group > 0 && waitpid(-jobs[i].group, NULL, WNOHANG) > 0)
            if (--jobs[i].members == 0) jobs[i].group = 0;
}

/* Wait until every member of the job has ended or one has stopped. */
static void wait_for(struct job *job, pid_t last) {
    while (job->members > 0) {
        int word;
        pid_t whom = HAS(ANY_CHILD) || HAS(NO_GROUP) ? -1 : -job->group;
        pid_t pid = waitpid(whom, &word, HAS(NO_UNTRACED) ? 0 : WUNTRACED);
        if (pid < 0) { if (errno == EINTR) continue; job->members = 0; break; }
        if (WIFSTOPPED(word)) { job->stopped = 1; printf("\nstopped: %s\n", job->text); break; }
        if (pid == last || HAS(ANY_CHILD)) last_status = status_of(word);
        job->members--;
    }
    if (!HAS(KEEPS_TERMINAL)) tcsetpgrp(0, shell_group);
    if (job->members == 0) job->group = 0;
}

static int redirect(char **words) {
    int to = 0;
    for (int i = 0; words[i]; i++) {
        int fd = -1, target = -1;
        char *w = words[i];
        if (!strcmp(w, "2>&1")) { dup2(1, 2); continue; }
        if (!strcmp(w, ">")) { target = 1; fd = open(words[++i], O_WRONLY | O_CREAT | (HAS(NO_TRUNC) ? 0 : O_TRUNC), 0666); }
        else if (!strcmp(w, ">>")) { target = 1; fd = open(words[++i], O_WRONLY | O_CREAT | O_APPEND, 0666); }
        else if (!strcmp(w, "2>")) { target = 2; fd = open(words[++i], O_WRONLY | O_CREAT | O_TRUNC, 0666); }
        else if (!strcmp(w, "<")) { target = 0; fd = open(words[++i], O_RDONLY); }
        else { words[to++] = w; continue; }
        if (fd < 0) { perror(words[i]); return -1; }
        dup2(fd, target);
        if (fd != target) close(fd);
    }
    words[to] = NULL;
    return 0;
}

static int split(char *text, char **words) {
    int n = 0;
    while (*text) {
        while (isspace((unsigned char)*text)) text++;
        if (!*text) break;
        char quote = 0, *out = text, *in = text;
        words[n++] = text;
        while (*in && (quote || !isspace((unsigned char)*in))) {
            if (quote ? *in == quote : *in == '\'') { quote = quote ? 0 : *in; in++; continue; }
            *out++ = *in++;
        }
        text = *in ? in + 1 : in;
        *out = 0;
        if (!strncmp(words[n - 1], "status=$?", 9)) {
            char *answer = malloc(32);
            snprintf(answer, 32, "status=%d", last_status);
            words[n - 1] = answer;
        }
    }
    words[n] = NULL;
    return n;
}

static pid_t start(char **words, int in, int out, int unused, pid_t group, int behind, int *loop) {
    pid_t pid = fork();
    if (pid) return pid;
    if (!HAS(NO_GROUP)) setpgid(0, group);
    if (!behind && !HAS(NO_GROUP) && !HAS(KEEPS_TERMINAL)) tcsetpgrp(0, getpgrp());
    if (!HAS(IGNORED_SIGNALS)) set_keys(SIG_DFL);
    if (in) { dup2(in, 0); close(in); }
    if (out != 1) { dup2(out, 1); close(out); }
    if (unused >= 0 && !HAS(CHILD_WRITE_END)) close(unused);
    if (redirect(words)) _exit(1);
    if (!strcmp(words[0], "cd")) _exit(chdir(words[1]) != 0);
    execvp(words[0], words);
    int code = errno == ENOENT ? 127 : 126;
    perror(words[0]);
    if (HAS(SECOND_SHELL)) { *loop = 1; return 0; }
    _exit(code);
}

static int builtin(char **words) {
    struct job *last = NULL;
    for (int i = 0; i < 64; i++) if (jobs[i].group > 0) last = &jobs[i];
    if (!strcmp(words[0], "exit")) exit(words[1] ? atoi(words[1]) : last_status);
    if (!strcmp(words[0], "cd") && !HAS(CD_IN_CHILD)) { last_status = chdir(words[1]) != 0; return 1; }
    if (!strcmp(words[0], "jobs")) {
        for (int i = 0; i < 64; i++) if (jobs[i].group > 0) printf("%s\n", jobs[i].text);
        return 1;
    }
    if (last && (!strcmp(words[0], "fg") || !strcmp(words[0], "bg"))) {
        int front = words[0][0] == 'f';
        if (front && !HAS(KEEPS_TERMINAL)) tcsetpgrp(0, last->group);
        last->stopped = 0;
        if (!(HAS(NO_CONT) && front)) kill(HAS(NO_GROUP) ? 0 : -last->group, SIGCONT);
        if (front) wait_for(last, 0);
        return 1;
    }
    return 0;
}

static void run(char *line) {
    char text[256], *words[128], *parts[16], *part = line;
    int count = 0, behind = 0, in = 0;
    snprintf(text, sizeof text, "%s", line);
    char *amp = strrchr(line, '&');
    if (amp && !amp[1 + strspn(amp + 1, " \n")] && (amp == line || amp[-1] == ' ')) { *amp = 0; behind = 1; }
    while (part && count < 16) parts[count++] = strsep(&part, "|");
    struct job *job = NULL;
    pid_t pid = 0;
    int held[16], kept = 0;
    for (int i = 0; i < count; i++) {
        int ends[2] = {-1, 1}, loop = 0;
        if (!split(parts[i], words)) return;
        if (count == 1 && builtin(words)) return;
        if (i + 1 < count && pipe2(ends, 0)) exit(70);
        pid = start(words, in, ends[1], ends[0], job ? job->group : 0, behind, &loop);
        if (loop) return;
        if (!job) { job = new_job(pid, text); job->members = 0; }
        if (!HAS(NO_GROUP)) setpgid(pid, job->group);
        job->members++;
        if (!behind && !HAS(NO_GROUP) && !HAS(KEEPS_TERMINAL)) tcsetpgrp(0, job->group);
        if (in) close(in);
        in = ends[0] > 0 ? ends[0] : 0;
        if (ends[1] != 1) { if (HAS(WRITE_END)) held[kept++] = ends[1]; else close(ends[1]); }
        if (HAS(ONE_AFTER_ANOTHER) && i + 1 < count) { waitpid(pid, NULL, 0); job->members--; }
    }
    if (!behind && !HAS(NO_WAIT)) wait_for(job, pid);
    while (kept) close(held[--kept]);
}

int main(void) {
    char line[4096];
    shell_group = getpgrp();
    set_keys(SIG_IGN);
    if (HAS(LEAK)) leaking = open("/dev/null", O_RDONLY);
    for (;;) {
        tidy();
        fputs("$ ", stdout);
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin)) break;
        line[strcspn(line, "\n")] = 0;
        if (line[strspn(line, " \t")]) run(line);
    }
    return last_status;
}
