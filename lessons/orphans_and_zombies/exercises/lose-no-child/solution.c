#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

enum { MOST = 100 };
static struct {
    pid_t pid;
    int status;
} ended[MOST];
static volatile sig_atomic_t done;

static void collect(int number) {
    int before = errno, status;
    pid_t pid;
    (void)number;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        ended[done].pid = pid;
        ended[done].status = status;
        done++;
    }
    errno = before;
}

int main(int argc, char *argv[]) {
    char *end = "";
    long count = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (count < 1 || count > MOST || *end != '\0') {
        fprintf(stderr, "usage: %s COUNT (1 to %d)\n", argv[0], MOST);
        return 2;
    }
    pid_t children[MOST];
    sigset_t child_signal, before;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &before);
    struct sigaction action = {.sa_handler = collect};
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < count; i++) {
        children[i] = fork();
        if (children[i] == -1) {
            perror("fork");
            while (i > 0)
                kill(children[--i], SIGTERM); /* or they would never end */
            return 1;
        }
        if (children[i] == 0) {
            pause();
            _exit(0);
        }
    }
    while (done < count)
        sigsuspend(&before); /* SIGCHLD can come here, and nowhere else */
    for (int i = 0; i < count; i++)
        printf("%d %d\n", (int)ended[i].pid, WTERMSIG(ended[i].status));
// INSTEAD
// int main(int argc, char *argv[]) {
//     char *end = "";
//     long count = argc == 2 ? strtol(argv[1], &end, 10) : 0;
//     if (count < 1 || *end != '\0') {
//         fprintf(stderr, "usage: %s COUNT\n", argv[0]);
//         return 2;
//     }
//     for (int i = 0; i < count; i++) {
//         pid_t child = fork();
//         if (child == -1) {
//             perror("fork");
//             return 1;
//         }
//         if (child == 0) {
//             pause(); /* until a signal ends it */
//             _exit(0);
//         }
//     }
//     /* Collect them in a handler for SIGCHLD. When all have been collected, print
//        a line for each: its pid and the number of the signal that ended it. */
// END SOLUTION
    return 0;
}
