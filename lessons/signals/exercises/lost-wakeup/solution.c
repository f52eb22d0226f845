#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

static volatile sig_atomic_t is_ready;

static void note(int number) {
    (void)number;
    is_ready = 1;
}

int main(void) {
    sigset_t ready, before;
    sigemptyset(&ready);
    sigaddset(&ready, SIGUSR1);
    sigprocmask(SIG_BLOCK, &ready, &before);
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGUSR1, &action, NULL);
// INSTEAD
// int main(void) {
// END SOLUTION
    pid_t worker = fork();
    if (worker == -1) {
        perror("fork");
        return 1;
    }
    if (worker == 0) {
    // BEGIN SOLUTION
        pause();
        _exit(0);
    }
    while (!is_ready)
        sigsuspend(&before); /* SIGUSR1 can come here, and nowhere else */
    puts("ready");
    fflush(stdout);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
    // INSTEAD
    //     pause(); /* the worker: sleeps until a signal ends it */
    //     _exit(0);
    // }
    // /* Sleep until SIGUSR1 comes. No order may lose the signal. Print ready.
    //    Then end the worker with SIGTERM, and collect it. */
    // END SOLUTION
    return 0;
}
