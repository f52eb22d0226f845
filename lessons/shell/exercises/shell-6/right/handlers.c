// right: a shell whose handlers collect children and hand on ^C and ^Z, as in CS:APP
// lacks: groups.terminal, fg.terminal, statuses, pipe, pipeline, early-reader, output, input, errors
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The shell keeps the terminal. A job has a group of its own, to which the shell sends the signals
// of keys; so no handler but this shell's own hears of them.
enum state { FREE, FOREGROUND, BACKGROUND, STOPPED };
static struct { pid_t pid; volatile sig_atomic_t state; char line[1024]; } jobs[16];
static const int count = sizeof jobs / sizeof jobs[0];

static int place_of(pid_t pid) {
    for (int i = 0; i < count; i++)
        if (jobs[i].state != FREE && jobs[i].pid == pid)
            return i;
    return -1;
}

static int foreground(void) {
    for (int i = 0; i < count; i++)
        if (jobs[i].state == FOREGROUND)
            return i;
    return -1;
}

static void on_child(int number) {
    int before = errno, status;
    pid_t pid;
    (void)number;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        int place = place_of(pid);
        if (place >= 0)
            jobs[place].state = WIFSTOPPED(status) ? STOPPED : FREE;
    }
    errno = before;
}

static void on_key(int number) {
    int before = errno, place = foreground();
    if (place >= 0)
        kill(-jobs[place].pid, number);
    errno = before;
}

static void wait_for_foreground(const sigset_t *before) {
    while (foreground() >= 0)
        sigsuspend(before);
}

static int is_builtin(char **words, const sigset_t *before) {
    if (!strcmp(words[0], "exit"))
        exit(words[1] ? atoi(words[1]) : 0);
    if (!strcmp(words[0], "cd")) {
        if (chdir(words[1] ? words[1] : "/") < 0)
            perror(words[1]);
        return 1;
    }
    if (!strcmp(words[0], "jobs")) {
        for (int i = 0; i < count; i++)
            if (jobs[i].state != FREE)
                printf("[%d] (%d) %s", i + 1, (int)jobs[i].pid, jobs[i].line);
        return 1;
    }
    if (!strcmp(words[0], "fg") || !strcmp(words[0], "bg")) {
        int last = -1;
        for (int i = 0; i < count; i++)
            if (jobs[i].state != FREE)
                last = i;
        if (last >= 0) {
            jobs[last].state = words[0][0] == 'f' ? FOREGROUND : BACKGROUND;
            kill(-jobs[last].pid, SIGCONT);
            wait_for_foreground(before);
        }
        return 1;
    }
    return 0;
}

static void evaluate(char *line, const sigset_t *before) {
    char text[1024], *words[128];
    int number = 0, place = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " \t\n"); word && number < 127; word = strtok(NULL, " \t\n"))
        words[number++] = word;
    int is_background = number > 0 && !strcmp(words[number - 1], "&");
    words[number -= is_background] = NULL;
    if (number == 0 || is_builtin(words, before))
        return;
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        signal(SIGINT, SIG_DFL);
        signal(SIGTSTP, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_SETMASK, before, NULL);
        execvp(words[0], words);
        fprintf(stderr, "%s: Command not found\n", words[0]);
        _exit(127);
    }
    setpgid(pid, pid);
    while (place < count && jobs[place].state != FREE)
        place++;
    if (place == count)
        exit(70);
    jobs[place].pid = pid;
    jobs[place].state = is_background ? BACKGROUND : FOREGROUND;
    snprintf(jobs[place].line, sizeof jobs[place].line, "%s", line);
    wait_for_foreground(before);
}

int main(void) {
    char line[1024];
    sigset_t mask, before;
    struct sigaction key = {.sa_handler = on_key, .sa_flags = SA_RESTART};
    struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &key, NULL);
    sigaction(SIGTSTP, &key, NULL);
    sigaction(SIGQUIT, &key, NULL);
    sigaction(SIGCHLD, &child, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    for (;;) {
        printf("tsh> ");
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin))
            return 0;
        // Between fork and the list of jobs no end may be heard.
        sigprocmask(SIG_BLOCK, &mask, &before);
        evaluate(line, &before);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
}
