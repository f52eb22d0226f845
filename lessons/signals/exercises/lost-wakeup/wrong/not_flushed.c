/* fails: collected */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_ready;

static void note(int number) {
    (void)number;
    is_ready = 1;
}

int main(void) {
    sigset_t ready, before;
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&ready);
    sigaddset(&ready, SIGUSR1);
    sigprocmask(SIG_BLOCK, &ready, &before);
    sigaction(SIGUSR1, &action, NULL);
    pid_t worker = fork();
    if (worker == -1) {
        perror("fork");
        return 1;
    }
    if (worker == 0) {
        pause();
        _exit(0);
    }
    while (!is_ready)
        sigsuspend(&before);
    printf("ready\n"); /* buffered if the output is not a terminal */
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
    return 0;
}
