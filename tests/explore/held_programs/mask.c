/* SIGUSR1 is blocked and ignored when it is sent, and caught when it is unblocked. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void caught(int signal) { write(1, "H", 1); }

int main(void) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, 0);
    signal(SIGUSR1, SIG_IGN);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    wait(0);
    signal(SIGUSR1, caught);
    sigprocmask(SIG_UNBLOCK, &one, 0);
    write(1, "e", 1);
    return 0;
}
