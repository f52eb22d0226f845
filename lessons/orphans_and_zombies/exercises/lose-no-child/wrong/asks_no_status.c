/* fails: told */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 100 };
static struct {
    pid_t pid;
} ended[MOST];
static volatile sig_atomic_t done;

static void collect(int number) {
    int before = errno;
    pid_t pid;
    (void)number;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        ended[done].pid = pid;
        done++;
    }
    errno = before;
}

int main(int argc, char *argv[]) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    if (count < 1 || count > MOST) {
        fprintf(stderr, "usage: %s COUNT (1 to %d)\n", argv[0], MOST);
        return 2;
    }
    sigset_t children, before;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &before);
    struct sigaction action = {.sa_handler = collect};
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == -1) {
            perror("fork");
            return 1;
        }
        if (pid == 0) {
            pause();
            _exit(0);
        }
    }
    while (done < count)
        sigsuspend(&before); /* SIGCHLD can come here, and nowhere else */
    for (int i = 0; i < count; i++)
        printf("%d\n", (int)ended[i].pid);
    return 0;
}
