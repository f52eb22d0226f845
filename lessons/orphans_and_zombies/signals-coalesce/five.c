#include <errno.h>
#include <signal.h>
#include <unistd.h>

void note(int number) {
    (void)number;
    int saved = errno;
    write(1, "*", 1);
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
    for (int i = 0; i < 5; i++)
        kill(getpid(), SIGUSR1);
    sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}
