// right: a shell that jumps back to its prompt by siglongjmp | cc -O1 -w -o $@ $< -pthread
// right: a shell whose main thread ends first | cc -O1 -w -DIN_A_THREAD -o $@ $< -pthread
// lacks: errors, groups, stop, fg, bg, background, jobs
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORDS = 64, MOST_STAGES = 32, LONGEST = 1 << 16 };

struct stage {
    char *words[MOST_WORDS];
    int count, appends;
    char *in, *out;
};

static sigjmp_buf prompt;
static volatile sig_atomic_t can_jump, left, last_status;
static pid_t foreground[MOST_STAGES];
static int in_foreground, status;

static void on_interrupt(int number) { (void)number;
    if (can_jump) {
        can_jump = 0;
        write(1, "\n", 1);
        siglongjmp(prompt, 1);
    }
}

static void on_child(int number) { (void)number;
    int word, kept = errno;
    for (pid_t pid; (pid = waitpid(-1, &word, WNOHANG)) > 0;)
        for (int place = 0; place < in_foreground; place++)
            if (foreground[place] == pid) {
                left--;
                if (place == in_foreground - 1)
                    last_status = WIFEXITED(word) ? WEXITSTATUS(word) : 128 + WTERMSIG(word);
            }
    errno = kept;
}

static void lead(int number, const char *name, int flags) {
    int file = open(name, flags, 0666);
    if (file < 0) {
        perror(name);
        _exit(1);
    }
    dup2(file, number);
    close(file);
}

static void become(struct stage *stage, int in, int out, const sigset_t *mask) {
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    if (in != 0)
        dup2(in, 0);
    if (out != 1)
        dup2(out, 1);
    if (stage->in)
        lead(0, stage->in, O_RDONLY);
    if (stage->out)
        lead(1, stage->out, O_WRONLY | O_CREAT | (stage->appends ? O_APPEND : O_TRUNC));
    execvp(stage->words[0], stage->words);
    fprintf(stderr, "%s: %s\n", stage->words[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

/* Write the status for $?, and blanks around operators. */
static void spread(const char *line, char *text) {
    for (; *line; line++) {
        if (line[0] == '$' && line[1] == '?') {
            text += sprintf(text, "%d", status);
            line++;
        } else if (line[0] == '>' && line[1] == '>') {
            text += sprintf(text, " >> ");
            line++;
        } else if (strchr("|<>&", *line)) {
            text += sprintf(text, " %c ", *line);
        } else {
            *text++ = *line;
        }
    }
    *text = '\0';
}

static void run(const char *line) {
    static char text[LONGEST];
    static const char blanks[] = " \t\n";
    struct stage stages[MOST_STAGES];
    int count = 1, behind = 0, in = 0;
    memset(stages, 0, sizeof stages);
    spread(line, text);
    for (char *word = strtok(text, blanks); word; word = strtok(NULL, blanks)) {
        struct stage *now = &stages[count - 1];
        if (!strcmp(word, "|")) {
            count++;
        } else if (!strcmp(word, "&")) {
            behind = 1;
        } else if (!strcmp(word, "<")) {
            now->in = strtok(NULL, blanks);
        } else if (word[0] == '>') {
            now->appends = word[1] == '>';
            now->out = strtok(NULL, blanks);
        } else {
            now->words[now->count++] = word;
        }
    }
    char **words = stages[0].words;
    if (!words[0])
        return;
    if (!strcmp(words[0], "exit"))
        exit(words[1] ? atoi(words[1]) : status);
    if (!strcmp(words[0], "cd")) {
        status = chdir(words[1] ? words[1] : getenv("HOME")) != 0;
        if (status)
            perror("cd");
        return;
    }
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &block, &before);
    in_foreground = left = 0;
    for (int place = 0; place < count; place++) {
        int ends[2] = {0, 1};
        if (place < count - 1)
            pipe2(ends, O_CLOEXEC);
        pid_t pid = fork();
        if (pid == 0)
            become(&stages[place], in, ends[1], &before);
        if (in)
            close(in);
        if (ends[1] != 1)
            close(ends[1]);
        in = ends[0];
        if (!behind) {
            foreground[in_foreground++] = pid;
            left++;
        }
    }
    while (left > 0)
        sigsuspend(&before);
    if (!behind)
        status = last_status;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void *shell(void *nothing) { (void)nothing;
    char *line = NULL;
    size_t room = 0;
    struct sigaction action = {.sa_handler = on_interrupt};
    sigaction(SIGINT, &action, NULL);
    action = (struct sigaction){.sa_handler = on_child, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGQUIT, SIG_IGN);
    sigsetjmp(prompt, 1);
    for (;;) {
        clearerr(stdin);
        errno = 0;
        write(1, "> ", 2);
        can_jump = 1;
        ssize_t got = getline(&line, &room, stdin);
        can_jump = 0;
        if (got >= 0)
            run(line);
        else if (errno != EINTR)
            exit(status);
    }
}

#ifdef IN_A_THREAD
static void *follow(void *first) {
    pthread_join(*(pthread_t *)first, NULL);
    return shell(NULL);
}

int main(void) {
    static pthread_t first, other;
    first = pthread_self();
    pthread_create(&other, NULL, follow, &first);
    pthread_exit(NULL);
}
#else
int main(void) {
    shell(NULL);
}
#endif
