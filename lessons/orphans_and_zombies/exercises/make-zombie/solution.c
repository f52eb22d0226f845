#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

static int code;
static volatile sig_atomic_t all_gone;

static pid_t fork_and_end(void) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        _exit(1); /* the process in the middle calls this, too */
    }
    if (pid == 0)
        _exit(code);
    return pid;
}

static void show(pid_t pid) {
    char path[32], letter = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &letter) != 1)
        perror(path);
    if (file != NULL)
        fclose(file);
    printf("%d %c\n", (int)pid, letter);
}

static void collect(int number) {
    int before = errno;
    pid_t pid;
    (void)number;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        continue;
    all_gone = pid == -1 && errno == ECHILD;
    errno = before;
}

static void by_double_fork(void) {
    int status;
    pid_t middle = fork();
    if (middle == -1) {
        perror("fork");
        exit(1);
    }
    if (middle == 0) {
        fork_and_end();
        _exit(0);
    }
    waitpid(middle, &status, 0);
    if (status != 0)
        exit(1); /* the process in the middle could not fork */
}

static void by_handler(void) {
    sigset_t children, before;
    struct sigaction action = {.sa_handler = collect};
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &before);
    sigaction(SIGCHLD, &action, NULL);
    fork_and_end();
    while (!all_gone)
        sigsuspend(&before); /* SIGCHLD can come here, and nowhere else */
}

int main(int argc, char *argv[]) {
    char *end = "";
    long number = argc == 3 ? strtol(argv[2], &end, 10) : -1;
    if (number < 0 || number > 255 || end == argv[2] || *end != '\0') {
        fprintf(stderr, "usage: %s wait|ignore|handler|twice STATUS (0 to 255)\n", argv[0]);
        return 2;
    }
    code = number;
    if (strcmp(argv[1], "wait") == 0) {
        pid_t pid = fork_and_end();
        siginfo_t info;
        waitid(P_PID, pid, &info, WEXITED | WNOWAIT); /* the child has ended, and is a zombie */
        show(pid);
        waitpid(pid, NULL, 0);
    } else if (strcmp(argv[1], "ignore") == 0) {
        signal(SIGCHLD, SIG_IGN);
        fork_and_end();
        wait(NULL); /* until all are gone: ECHILD */
    } else if (strcmp(argv[1], "handler") == 0) {
        by_handler();
    } else if (strcmp(argv[1], "twice") == 0) {
        by_double_fork();
    } else {
        fprintf(stderr, "%s: no such way: wait, ignore, handler or twice\n", argv[1]);
        return 2;
    }
// INSTEAD
// int main(int argc, char *argv[]) {
//     char *end = "";
//     long code = argc == 3 ? strtol(argv[2], &end, 10) : -1;
//     if (code < 0 || code > 255 || end == argv[2] || *end != '\0') {
//         fprintf(stderr, "usage: %s wait|ignore|handler|twice STATUS (0 to 255)\n", argv[0]);
//         return 2;
//     }
//     pid_t child = fork();
//     if (child == -1) {
//         perror("fork");
//         return 1;
//     }
//     if (child == 0)
//         _exit(code);
//     /* The child becomes a zombie. Show the zombie if the way is `wait`, and get rid of it in
//        each of four ways. */
// END SOLUTION
    return 0;
}
