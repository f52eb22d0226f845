/* A wait that a signal interrupts. The demonstrations of wait_interrupted.py, in C. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void nothing(int number) {
    (void)number;
}

void interrupted(void) {
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

void give_up(int number) {
    (void)number;  // waitpid fails: EINTR
}

void wait_with_a_limit(void) {
    struct sigaction action = {.sa_handler = give_up};  // no SA_RESTART
    if (sigaction(SIGALRM, &action, NULL) == -1)
        err(1, "sigaction");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    if (waitpid(child, NULL, 0) == -1 && errno == EINTR) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}
