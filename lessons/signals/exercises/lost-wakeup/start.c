#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t worker = fork();
    if (worker == -1) {
        perror("fork");
        return 1;
    }
    if (worker == 0) {
        pause(); /* the worker: sleeps until a signal ends it */
        _exit(0);
    }
    /* Sleep until SIGUSR1 comes. No order may lose the signal. Print ready.
       Then end the worker with SIGTERM, and collect it. */
    return 0;
}
