// right: a shell with an event loop: epoll, a signalfd, and children by clone3 with pidfds
// lacks: pipe, pipeline, early-reader, errors, jobs
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Only epoll_wait blocks: a line, a key and the end of a child are events.
static struct { pid_t pid; int is_stopped; } jobs[16];
static int loop, keyboard_is_watched, last_status;
static pid_t foreground, shell_group;
static sigset_t handled;

static void watch_keyboard(int is_wanted) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = 0};
    if (is_wanted == keyboard_is_watched)
        return;
    keyboard_is_watched = is_wanted;
    epoll_ctl(loop, is_wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, 0, &event);
}

static void prompt(void) {
    foreground = 0;
    tcsetpgrp(0, shell_group);
    dprintf(1, "%% ");
    watch_keyboard(1);
}

static void wait_in_foreground(pid_t pid) {
    foreground = pid;
    watch_keyboard(0);
}

static int *place_of(pid_t pid) {
    for (int i = 0; i < 16; i++)
        if (jobs[i].pid == pid)
            return &jobs[i].is_stopped;
    return NULL;
}

static void collect(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        int *is_stopped = place_of(pid);
        if (is_stopped && WIFSTOPPED(status))
            *is_stopped = 1;
        for (int i = 0; i < 16 && !WIFSTOPPED(status); i++)
            if (jobs[i].pid == pid)
                jobs[i].pid = 0;
        if (pid == foreground) {
            if (!WIFSTOPPED(status))
                last_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
            prompt();
        }
    }
}

static void become(char **words, int is_behind) {
    int to = 0;
    setpgid(0, 0);
    if (!is_behind)
        tcsetpgrp(0, getpid());
    const int ignored[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTOU, SIGTTIN};
    for (int i = 0; i < 5; i++)
        signal(ignored[i], SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &handled, NULL);
    for (int i = 0; words[i]; i++) {
        int is_input = !strcmp(words[i], "<"), appends = !strcmp(words[i], ">>");
        if (!is_input && !appends && strcmp(words[i], ">")) {
            words[to++] = words[i];
            continue;
        }
        int flags = is_input ? O_RDONLY : O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC);
        int file = open(words[++i], flags | O_CLOEXEC, 0666);
        if (file < 0) {
            perror(words[i]);
            _exit(1);
        }
        dup2(file, is_input ? 0 : 1);
    }
    words[to] = NULL;
    execvp(words[0], words);
    int code = errno == ENOENT ? 127 : 126;
    perror(words[0]);
    _exit(code);
}

static void run(char *line) {
    char *words[64], status[32];
    int count = 0, end = -1, place = 0;
    for (char *word = strtok(line, " \t\n"); word && count < 63; word = strtok(NULL, " \t\n"))
        words[count++] = word;
    int is_behind = count > 0 && !strcmp(words[count - 1], "&");
    words[count -= is_behind] = NULL;
    for (int i = 0; i < count; i++)
        if (!strcmp(words[i], "status=$?")) {
            snprintf(status, sizeof status, "status=%d", last_status);
            words[i] = status;
        }
    if (count == 0)
        return prompt();
    if (!strcmp(words[0], "exit"))
        exit(words[1] ? atoi(words[1]) : 0);
    if (!strcmp(words[0], "cd")) {
        last_status = chdir(words[1] ? words[1] : "/") != 0;
        return prompt();
    }
    if (!strcmp(words[0], "fg") || !strcmp(words[0], "bg")) {
        for (int i = 0; i < 16; i++)
            if (jobs[i].pid && jobs[i].is_stopped) {
                jobs[i].is_stopped = 0;
                if (words[0][0] == 'f') {
                    tcsetpgrp(0, jobs[i].pid);
                    wait_in_foreground(jobs[i].pid);
                }
                kill(-jobs[i].pid, SIGCONT);
                break;
            }
        return foreground ? (void)0 : prompt();
    }
    while (place < 15 && jobs[place].pid)
        place++;
    struct clone_args how = {.flags = CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uintptr_t)&end};
    pid_t pid = syscall(SYS_clone3, &how, sizeof how);
    if (pid == 0)
        become(words, is_behind);
    close(end);
    setpgid(pid, pid);
    jobs[place].pid = pid;
    jobs[place].is_stopped = 0;
    if (is_behind)
        return prompt();
    wait_in_foreground(pid);
}

int main(void) {
    char line[4096];
    const int ignored[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTOU, SIGTTIN};
    for (int i = 0; i < 5; i++)
        signal(ignored[i], SIG_IGN);
    shell_group = getpgrp();
    sigemptyset(&handled);
    sigaddset(&handled, SIGCHLD);
    sigprocmask(SIG_BLOCK, &handled, NULL);
    int signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
    loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = signals};
    epoll_ctl(loop, EPOLL_CTL_ADD, signals, &event);
    prompt();
    for (;;) {
        if (epoll_wait(loop, &event, 1, -1) < 1)
            continue;
        if (event.data.fd == signals) {
            struct signalfd_siginfo told;
            while (read(signals, &told, sizeof told) > 0)
                ;
            collect();
            continue;
        }
        ssize_t length = read(0, line, sizeof line - 1);
        if (length <= 0)
            return 0;
        line[length] = 0;
        run(line);
    }
}
