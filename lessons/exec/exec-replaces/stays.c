#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void handler(int signal) {
    (void)signal;  // never runs: exec removes the handler
}

int main(void) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    signal(SIGPIPE, SIG_IGN);  // Python does this at its start
    struct sigaction action = {.sa_handler = handler};
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGHUP, SIG_IGN);
    sigprocmask(SIG_BLOCK, &term, NULL);
    kill(getpid(), SIGTERM);  // blocked, so it is pending
    if (mkfifo("fifo", 0666) == -1)
        err(1, "fifo");
    execlp("grep", "grep", "x", "fifo", (char *)NULL);  // sleeps
    perror("grep");
    _exit(127);
}
