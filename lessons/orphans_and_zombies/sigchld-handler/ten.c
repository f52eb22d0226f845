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

int main(void) {
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
