/* exec replaces the program. The demonstrations of exec_replaces.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void before_and_after(void) {
    if (write(1, "before ", 7) == -1)
        err(1, "write");
    execlp("printf", "printf", "during ", (char *)NULL);
    if (write(1, "after ", 6) == -1)
        err(1, "write");
}

void handler(int signal) {
    (void)signal;  // never runs: exec removes the handler
}

void settle_and_leave(void) {
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

void run_and_go_on(void) {
    if (write(1, "before ", 7) == -1)
        err(1, "write");
    pid_t printer = fork();
    if (printer == -1)
        err(1, "fork");
    if (printer == 0) {  // in the printer
        execlp("printf", "printf", "during ", (char *)NULL);
        perror("printf");
        _exit(127);
    }
    waitpid(printer, NULL, 0);  // printf has ended
    if (write(1, "after ", 6) == -1)
        err(1, "write");
}
