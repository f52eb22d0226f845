/* Blocked signals. The demonstrations of signals_blocked.py, in C. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void note(int number) {
    (void)number;
    int saved = errno;
    write(1, "handler ", 8);
    errno = saved;
}

void put_off(void) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct sigaction action = {.sa_handler = note};
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);
    write(1, "blocked ", 8);  // ① sent, and blocked
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
    write(1, "unblocked", 9);
}

void remove_(int number) {
    (void)number;
    int saved = errno;
    write(1, "remove ", 7);
    errno = saved;
}

void job_list(void) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct sigaction action = {.sa_handler = remove_};
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    write(1, "add ", 4);
    sigprocmask(SIG_UNBLOCK, &chld, NULL);
    waitpid(child, NULL, 0);
}

void note_in_time(void) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct sigaction action = {.sa_handler = remove_};
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    write(1, "add ", 4);
    sigprocmask(SIG_UNBLOCK, &chld, NULL);
    waitpid(child, NULL, 0);
}
