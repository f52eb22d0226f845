// right: a shell whose handlers collect children and hand on ^C and ^Z, as in CS:APP
// asked: csapp-tsh
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The shell keeps the terminal. A job has a group of its own, to which the shell sends the signals
// of keys; so only this shell's handlers get them.
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

static void say(int place, const char *what, int number) {
    char text[100];
    int length = snprintf(text, sizeof text, "Job [%d] (%d) %s by signal %d\n", place + 1,
                          (int)jobs[place].pid, what, number);
    write(1, text, length);
}

static void on_child(int number) {
    int before = errno, status;
    pid_t pid;
    (void)number;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        int place = place_of(pid);
        if (place < 0)
            continue;
        if (WIFSTOPPED(status))
            say(place, "stopped", WSTOPSIG(status));
        else if (WIFSIGNALED(status))
            say(place, "terminated", WTERMSIG(status));
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
    static const char *names[] = {"", "Foreground", "Running", "Stopped"};
    if (!strcmp(words[0], "quit"))
        exit(0);
    if (!strcmp(words[0], "jobs")) {
        for (int i = 0; i < count; i++)
            if (jobs[i].state != FREE)
                printf("[%d] (%d) %s %s", i + 1, (int)jobs[i].pid, names[jobs[i].state],
                       jobs[i].line);
        return 1;
    }
    if (!strcmp(words[0], "fg") || !strcmp(words[0], "bg")) {
        int place = -1;
        if (!words[1] || !words[1][words[1][0] == '%'])
            printf("%s command requires PID or %%jobid argument\n", words[0]);
        else if (words[1][0] == '%')
            place = atoi(words[1] + 1) - 1;
        else
            place = place_of(atoi(words[1]));
        if (place >= 0 && place < count && jobs[place].state != FREE) {
            jobs[place].state = words[0][0] == 'f' ? FOREGROUND : BACKGROUND;
            kill(-jobs[place].pid, SIGCONT);
            wait_for_foreground(before);
        }
        return 1;
    }
    return 0;
}

static int split(char *text, char **words) {
    int number = 0;
    for (char *next = text + strspn(text, " \n"); *next && number < 127;) {
        int is_quoted = *next == '\'';
        words[number++] = next += is_quoted;
        next += strcspn(next, is_quoted ? "'" : " \n");
        if (*next)
            *next++ = '\0';
        next += strspn(next, " \n");
    }
    return number;
}

static void evaluate(char *line, const sigset_t *before) {
    char text[1024], *words[128];
    int number, place = 0;
    snprintf(text, sizeof text, "%s", line);
    number = split(text, words);
    int is_background = number > 0 && !strcmp(words[number - 1], "&");
    words[number -= is_background] = NULL;
    if (number == 0 || is_builtin(words, before))
        return;
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        signal(SIGINT, SIG_DFL);
        signal(SIGTSTP, SIG_DFL);
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_SETMASK, before, NULL);
        execv(words[0], words);
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
    if (is_background)
        printf("[%d] (%d) %s", place + 1, (int)pid, line);
    wait_for_foreground(before);
}

int main(void) {
    char line[1024];
    sigset_t mask, before;
    struct sigaction key = {.sa_handler = on_key, .sa_flags = SA_RESTART};
    struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &key, NULL);
    sigaction(SIGTSTP, &key, NULL);
    sigaction(SIGCHLD, &child, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    for (;;) {
        printf("tsh> ");
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin))
            return 0;
        // No SIGCHLD may arrive between fork and the entry in the list of jobs.
        sigprocmask(SIG_BLOCK, &mask, &before);
        evaluate(line, &before);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
}
