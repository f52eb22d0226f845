#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    pid_t worker = fork();
    if (worker == -1)
        err(1, "fork");
    if (worker == 0) {  // in the worker
        pause();
    }
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
}
