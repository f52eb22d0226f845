/* Random programs: each argument is a program, one letter for each operation; letters.py interprets them, too. */
#include "course.h"

static int ends[2][2], kids[99], kid_count, lock = -1, parent;
static char *at;

static void handler(int number) { (void)number; say("H"); }

static void reaper(int number) { (void)number; while (waitpid(-1, NULL, WNOHANG) > 0) say("h"); }

static void take(int how, int is_new) {
    if (is_new || lock < 0) lock = open("l", O_CREAT | O_RDWR, 0600);
    int result = flock(lock, how);
    if (how & LOCK_NB) say(result == 0 ? "y" : "n");
}

static void mask(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(how, &set, NULL);
}

static void child(void) {
    int me = getpid(), pid = fork(), depth = 1;
    if (pid == 0) { kid_count = 0; parent = me; return; }
    kids[kid_count++] = pid;
    while (depth > 0) {
        at++;
        depth += (*at == '(') - (*at == ')');
    }
}

static void with_files(char letter) {
    char bytes[9];
    int f, n;
    switch (letter) {
    case 'f': f = open("f", O_CREAT | O_APPEND | O_WRONLY, 0600); write(f, "z", 1); close(f); break;
    case 'r': f = open("f", O_RDONLY); n = f < 0 ? 0 : read(f, bytes, 5); say_char('0' + n); if (f >= 0) close(f); break;
    case 'l': take(LOCK_EX, 1); break;
    case 'L': take(LOCK_EX, 0); break;
    case 'N': take(LOCK_EX | LOCK_NB, 0); break;
    case 'o': f = open("x", O_CREAT | O_EXCL | O_WRONLY, 0600); say(f < 0 ? "0" : "1"); if (f >= 0) close(f); break;
    case 'x': unlink("x"); break;
    case 'u': if (lock >= 0) flock(lock, LOCK_UN); break;
    }
}

static void with_pipes(char letter) {
    char bytes[9];
    int n;
    switch (letter) {
    case '>': write(ends[0][1], "1", 1); break;
    case '}': write(ends[1][1], "23", 2); break;
    case '<': n = read(ends[0][0], bytes, 1); if (n == 1) say_char(*bytes); else say("e"); break;
    case '{': n = read(ends[1][0], bytes, 3); bytes[n > 0 ? n : 0] = '.'; write(1, bytes, n > 0 ? n + 1 : 1); break;
    case 'c': close(ends[0][1]); break;
    case 'd': close(ends[1][1]); break;
    case 'C': close(ends[0][0]); break;
    case 'D': close(ends[1][0]); break;
    }
}

static void with_signals(char letter) {
    sigset_t none;
    switch (letter) {
    case 'g': signal(SIGUSR1, handler); break;
    case 'i': signal(SIGUSR1, SIG_IGN); break;
    case 'G': signal(SIGCHLD, handler); break;
    case 'I': signal(SIGCHLD, SIG_IGN); break;
    case 'p': signal(SIGPIPE, SIG_DFL); break;
    case 'm': mask(SIG_BLOCK); break;
    case 'M': mask(SIG_UNBLOCK); break;
    case 'K': if (kid_count) kill(kids[kid_count - 1], SIGUSR1); break;
    case '9': if (kid_count) kill(kids[kid_count - 1], SIGKILL); break;
    case 'k': if (parent && getppid() == parent) kill(parent, SIGUSR1); break;
    case 'A': pause(); break;
    case 'Z': sigemptyset(&none); sigsuspend(&none); break;
    case 'h': signal(SIGCHLD, reaper); break;
    }
}

static void with_family(char letter, char *self) {
    int n, status;
    switch (letter) {
    case '(': child(); break;
    case ')': _exit(kid_count + 1);
    case 'w': n = wait(&status); if (n < 0) say("-"); else say_status(status); break;
    case 'W': wait(NULL); break;
    case 'n': n = waitpid(-1, NULL, WNOHANG); say(n < 0 ? "-" : n ? "y" : "n"); break;
    case 's': if (kid_count) waitpid(kids[kid_count - 1], NULL, 0); break;
    case 'q': say(parent && getppid() == parent ? "p" : "o"); break;
    case 'X': execl("/proc/self/exe", self, at + 1, "again", (char *)0); _exit(9);
    }
}

int main(int argc, char **argv) {
    at = argv[1];
    if (argc == 2) {
        signal(SIGPIPE, SIG_IGN);
        pipe(ends[0]);
        pipe(ends[1]);
    } else
        for (int i = 0; i < 4; i++) ends[i / 2][i % 2] = 3 + i;
    for (; *at; at++) {
        if (strchr("()wWnsqX", *at)) with_family(*at, argv[0]);
        else if (strchr("<>{}cdCD", *at)) with_pipes(*at);
        else if (strchr("giGIhpmMK9kAZ", *at)) with_signals(*at);
        else if (strchr("frluLSNox", *at)) with_files(*at);
        else say_char(*at);
    }
    return 0;
}
