/* fails: gap */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    pid_t pid;
    int status;
} ended[100];
static volatile sig_atomic_t done;

static void collect(int number) {
    int before = errno;
    pid_t pid;
    (void)number;
    for (int status; (pid = waitpid(-1, &status, WNOHANG)) > 0; done++) {
        ended[done].pid = pid;
        ended[done].status = status;
    }
    errno = before;
}

int main(int argc, char *argv[]) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    struct sigaction action = {.sa_handler = collect};
    sigaction(SIGCHLD, &action, NULL);
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == -1) {
            perror("fork");
            return 1;
        }
        if (child == 0) {
            pause();
            _exit(0);
        }
    }
    while (done < count)
        pause(); /* the last SIGCHLD may have come just before */
    for (int i = 0; i < count; i++)
        printf("%d %d\n", (int)ended[i].pid, WTERMSIG(ended[i].status));
    return 0;
}
