#include <errno.h>
#include <signal.h>
#include <unistd.h>

void note(int number) {
    (void)number;
    int saved = errno;
    write(1, "handler ", 8);
    errno = saved;
}

int main(void) {
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
