// right: a shell by fork | cc -O1 -w -o $@ $< -lpthread
// right: a shell by vfork | cc -O1 -w -DSTART=1 -o $@ $< -lpthread
// right: a shell by posix_spawn | cc -O1 -w -DSTART=2 -o $@ $< -lpthread
// right: a shell by clone3, a line editor | cc -O1 -w -DSTART=3 -DINPUT=1 -o $@ $< -lpthread
// right: a shell by fork, the shell waits for a pipe that exec closes | cc -O1 -w -DSTART=4 -DSIGNALLED=256 -o $@ $< -lpthread
// right: a shell by fork, the child waits for a pipe until it is in its group | cc -O1 -w -DSTART=5 -DSIGNALLED=384 -o $@ $< -lpthread
// right: a shell by fork, background jobs by a second fork | cc -O1 -w -DSTART=6 -o $@ $< -lpthread
// right: a shell by fork, in a second thread | cc -O1 -w -DINPUT=2 -o $@ $< -lpthread
/* A small shell with job control. -DDEFECT=n seeds one mistake that students make, -DALSO=n another.
   -DSTART=n makes children in another way, -DINPUT=n reads lines in another way, and
   -DSIGNALLED=n is what is added to the number of a signal: these are no mistakes. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
    NONE,
    NO_WAIT,           /* 1 the shell does not wait for the foreground */
    SECOND_SHELL,      /* 2 a child whose exec failed continues as a shell */
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
    ONE_SIDE,          /* 18 only the shell gives a child its group and the terminal, which may be too late */
};
#ifndef DEFECT
#define DEFECT NONE
#endif
#ifndef ALSO
#define ALSO NONE
#endif
#define HAS(defect) (DEFECT == (defect) || ALSO == (defect))

enum {
    FORK,
    VFORK,       /* 1 */
    SPAWN,       /* 2 posix_spawn(3): no child runs code of the shell */
    CLONE3,      /* 3 */
    UNTIL_EXEC,  /* 4 the shell waits for a pipe that exec closes */
    UNTIL_READY, /* 5 the child waits for a pipe until the shell has put it into its group */
    TWICE,       /* 6 a background job is a child's child: the shell has no child to collect */
};
#ifndef START
#define START FORK
#endif
enum {
    LINES,
    EDITOR, /* 1 a line editor: every key by itself, poll(2) with a pipe for SIGCHLD */
    THREAD, /* 2 all is done in a second thread; the first one waits for it */
};
#ifndef INPUT
#define INPUT LINES
#endif
#ifndef SIGNALLED
#define SIGNALLED 128
#endif

struct job { pid_t group; int members, stopped; char text[256]; };
static struct job jobs[64];
static int last_status, leaking = -1;
static pid_t shell_group;
static struct termios usual;
static int wake[2] = {-1, -1};
static const int keys[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

static void set_keys(void (*what)(int)) {
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!(HAS(DIES_OF_INTERRUPT) && keys[i] == SIGINT && what == SIG_IGN))
            signal(keys[i], what);
}

static int status_of(int word) {
    if (HAS(STATUS_WORD)) return word;
    return WIFSIGNALED(word) ? SIGNALLED + WTERMSIG(word) : WEXITSTATUS(word);
}

static struct job *job_of(pid_t group) {
    for (int i = 0; i < 64; i++) if (jobs[i].group == group) return &jobs[i];
    return NULL;
}

static struct job *new_job(pid_t group, const char *text) {
    struct job *job = job_of(0);
    if (!job) exit(70);
    *job = (struct job){.group = group};
    snprintf(job->text, sizeof job->text, "%.*s", (int)sizeof job->text - 1, text);
    return job;
}

static void tidy(void) {
    if (HAS(ZOMBIES)) return;
    for (int i = 0; i < 64; i++)
        while (jobs[i].group > 0 && waitpid(-jobs[i].group, NULL, WNOHANG) > 0)
            if (--jobs[i].members == 0) jobs[i].group = 0;
    for (int i = 0; i < 64 && START == TWICE; i++)
        if (jobs[i].group > 0 && kill(-jobs[i].group, 0)) jobs[i].group = 0;
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

static pid_t spawn(char **words, int in, int out, int unused, pid_t group, int behind) {
    posix_spawn_file_actions_t acts;
    posix_spawnattr_t how;
    sigset_t defaults;
    extern char **environ;
    int to = 0;
    pid_t pid;
    posix_spawn_file_actions_init(&acts);
    if (in) { posix_spawn_file_actions_adddup2(&acts, in, 0); posix_spawn_file_actions_addclose(&acts, in); }
    if (out != 1) { posix_spawn_file_actions_adddup2(&acts, out, 1); posix_spawn_file_actions_addclose(&acts, out); }
    if (unused >= 0) posix_spawn_file_actions_addclose(&acts, unused);
    for (int i = 0; words[i]; i++) {
        char *w = words[i];
        int more = !strcmp(w, ">>"), error = !strcmp(w, "2>"), input = !strcmp(w, "<");
        if (!strcmp(w, "2>&1")) posix_spawn_file_actions_adddup2(&acts, 1, 2);
        else if (more || error || input || !strcmp(w, ">"))
            posix_spawn_file_actions_addopen(&acts, input ? 0 : error ? 2 : 1, words[++i],
                input ? O_RDONLY : O_WRONLY | O_CREAT | (more ? O_APPEND : O_TRUNC), 0666);
        else words[to++] = w;
    }
    words[to] = NULL;
    posix_spawnattr_init(&how);
    sigemptyset(&defaults);
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) sigaddset(&defaults, keys[i]);
    posix_spawnattr_setsigdefault(&how, &defaults);
    posix_spawnattr_setpgroup(&how, group);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    (void)behind;
    int error = posix_spawnp(&pid, words[0], &acts, &how, words, environ);
    posix_spawn_file_actions_destroy(&acts);
    posix_spawnattr_destroy(&how);
    if (!error) return pid;
    fprintf(stderr, "%s: %s\n", words[0], strerror(error));
    last_status = error == ENOENT ? 127 : 126;
    return -1;
}

static pid_t clone3_child(void) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    return syscall(SYS_clone3, &args, sizeof args);
}

/* Make a child's child that goes on here, in a group of its own; in the shell return its pid. */
static pid_t orphan(void) {
    int tell[2];
    pid_t pid = 0;
    if (pipe2(tell, O_CLOEXEC)) exit(70);
    pid_t child = fork();
    if (!child) {
        if (fork()) _exit(0);
        setpgid(0, 0);
        pid = getpid();
        if (write(tell[1], &pid, sizeof pid) != sizeof pid) _exit(70);
        close(tell[0]);
        close(tell[1]);
        return 0;
    }
    close(tell[1]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR);
    if (read(tell[0], &pid, sizeof pid) != sizeof pid) exit(70);
    close(tell[0]);
    return pid;
}

static pid_t start(char **words, int in, int out, int unused, pid_t group, int behind, int *loop) {
    int sync[2] = {-1, -1};
    char byte;
    if (START == SPAWN) return spawn(words, in, out, unused, group, behind);
    if (START == UNTIL_EXEC || START == UNTIL_READY) if (pipe2(sync, O_CLOEXEC)) exit(70);
    pid_t pid = START == VFORK ? vfork() : START == CLONE3 ? clone3_child() : START == TWICE && behind ? orphan() : fork();
    if (pid && START == UNTIL_READY) {
        setpgid(pid, group);
        if (!behind) tcsetpgrp(0, group ? group : pid);
    }
    if (pid && START == UNTIL_EXEC) { close(sync[1]); sync[1] = -1; while (read(sync[0], &byte, 1) < 0 && errno == EINTR); }
    if (pid) { close(sync[0]); close(sync[1]); return pid; }
    if (START == UNTIL_READY) { close(sync[1]); while (read(sync[0], &byte, 1) < 0 && errno == EINTR); }
    if (!HAS(NO_GROUP) && !HAS(ONE_SIDE) && !(START == TWICE && behind)) setpgid(0, group);
    if (!behind && !HAS(NO_GROUP) && !HAS(ONE_SIDE) && !HAS(KEEPS_TERMINAL)) tcsetpgrp(0, getpgrp());
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
    snprintf(text, sizeof text, "%.255s", line);
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
        if (pid < 0) { if (in) close(in); if (ends[1] != 1) { close(ends[0]); close(ends[1]); } break; }
        if (!job) { job = new_job(pid, text); job->members = 0; }
        if (!HAS(NO_GROUP)) setpgid(pid, job->group);
        job->members++;
        if (!behind && !HAS(NO_GROUP) && !HAS(KEEPS_TERMINAL)) tcsetpgrp(0, job->group);
        if (in) close(in);
        in = ends[0] > 0 ? ends[0] : 0;
        if (ends[1] != 1) { if (HAS(WRITE_END)) held[kept++] = ends[1]; else close(ends[1]); }
        if (HAS(ONE_AFTER_ANOTHER) && i + 1 < count) { waitpid(pid, NULL, 0); job->members--; }
    }
    if (job && !behind && !HAS(NO_WAIT)) wait_for(job, pid);
    while (kept) close(held[--kept]);
}

static void on_child(int number) {
    int kept = errno;
    (void)number;
    (void)!write(wake[1], "", 1);
    errno = kept;
}

/* Read a line key by key; return 0 at end of file. */
static int edited(char *line, size_t size) {
    struct termios raw = usual;
    size_t length = 0;
    raw.c_lflag &= ~(ICANON | ECHO | ISIG);
    tcsetattr(0, TCSADRAIN, &raw);
    for (;;) {
        struct pollfd both[] = {{wake[0], POLLIN, 0}, {0, POLLIN, 0}};
        char key;
        if (poll(both, 2, -1) < 0 && errno != EINTR) exit(70);
        if (both[0].revents & POLLIN) { char all[64]; (void)!read(wake[0], all, sizeof all); tidy(); }
        if (!(both[1].revents & (POLLIN | POLLHUP))) continue;
        if (read(0, &key, 1) != 1 || (key == 4 && !length)) { tcsetattr(0, TCSADRAIN, &usual); return 0; }
        if (key == 3) { length = 0; fputs("^C\n$ ", stdout); fflush(stdout); continue; }
        if (key == 127) { if (length) { length--; fputs("\b \b", stdout); fflush(stdout); } continue; }
        if (key == '\n' || key == '\r') break;
        if (length + 1 < size) line[length++] = key;
        putchar(key);
        fflush(stdout);
    }
    line[length] = 0;
    putchar('\n');
    fflush(stdout);
    tcsetattr(0, TCSADRAIN, &usual);
    return 1;
}

static void *loop(void *unused) {
    char line[4096];
    for (;;) {
        tidy();
        fputs("$ ", stdout);
        fflush(stdout);
        if (!(INPUT == EDITOR ? edited(line, sizeof line) : fgets(line, sizeof line, stdin) != NULL)) break;
        line[strcspn(line, "\n")] = 0;
        if (line[strspn(line, " \t")]) run(line);
    }
    exit(last_status);
    return unused;
}

int main(void) {
    shell_group = getpgrp();
    tcgetattr(0, &usual);
    set_keys(SIG_IGN);
    if (HAS(LEAK)) leaking = open("/dev/null", O_RDONLY);
    if (INPUT == EDITOR) {
        if (pipe2(wake, O_CLOEXEC | O_NONBLOCK)) exit(70);
        struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_RESTART};
        sigaction(SIGCHLD, &child, NULL);
    }
    if (INPUT == THREAD) {
        pthread_t second;
        if (pthread_create(&second, NULL, loop, NULL)) exit(70);
        pthread_join(second, NULL);
    }
    loop(NULL);
}
