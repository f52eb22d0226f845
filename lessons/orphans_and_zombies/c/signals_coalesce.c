/* Signals coalesce. The demonstrations of signals_coalesce.py, in C. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void collect_one(int number) {
    (void)number;
    int saved = errno;
    wait(NULL);
    errno = saved;
}

void lose_ten(void) {
    sigset_t chld;
    siginfo_t info;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct sigaction action = {.sa_handler = collect_one};
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(0);
        waitid(P_PID, child, &info, WEXITED | WNOWAIT);  // it has ended
    }
    sigprocmask(SIG_UNBLOCK, &chld, NULL);
    write(1, "on we go\n", 9);  // ① the handler has run
}

void note(int number) {
    (void)number;
    int saved = errno;
    write(1, "*", 1);
    errno = saved;
}

void send_five(void) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct sigaction action = {.sa_handler = note};
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    for (int i = 0; i < 5; i++)
        kill(getpid(), SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

void collect_three(void) {
    siginfo_t info;
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct sigaction action = {.sa_handler = collect_one};
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(0);
        waitid(P_PID, child, &info, WEXITED | WNOWAIT);  // it has ended
    }
    sigprocmask(SIG_UNBLOCK, &chld, NULL);
    write(1, "on we go\n", 9);
}
