/* The signal settings that a child inherits. The demonstrations of inherited_signals.py, in C. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void caught(int number) { (void)number; }
void signals(void) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct sigaction action = {.sa_handler = caught};
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, NULL);  // caught
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);  // blocked, so it is pending
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(0);  // ① both have done nothing since
    }
    waitpid(child, NULL, 0);
}

static volatile sig_atomic_t seen;
static void note(int number) { seen += number == SIGUSR1; }
void one_handler(void) {
    struct sigaction action = {.sa_handler = note};
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        kill(getpid(), SIGUSR1);
        _exit(seen);
    }
    waitpid(child, NULL, 0);
    printf("parent: %d\n", (int)seen);
}

void end_a_worker(void) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    pid_t worker = fork();
    if (worker == -1)
        err(1, "fork");
    if (worker == 0) {  // in the worker
        sigprocmask(SIG_UNBLOCK, &term, NULL);  // for its own life
        pause();
    }
    sigprocmask(SIG_UNBLOCK, &term, NULL);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
}
