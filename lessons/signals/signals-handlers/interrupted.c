#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void nothing(int number) {
    (void)number;
}

int main(void) {
    struct sigaction action = {.sa_handler = nothing};  // no SA_RESTART
    if (sigaction(SIGUSR1, &action, NULL) == -1)
        err(1, "sigaction");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    pid_t pid = waitpid(child, NULL, 0);
    if (pid == -1 && errno != EINTR)
        err(1, "waitpid");
    printf("%s\n", pid == child ? "the child" : "EINTR");
}
