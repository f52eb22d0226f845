#include <errno.h>
#include <signal.h>
#include <unistd.h>

void note(int number) {
    (void)number;
    int saved = errno;
    write(1, "noted\n", 6);
    errno = saved;
}

int main(void) {
    sigset_t set;
    struct sigaction action = {.sa_handler = note};
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    write(1, "half a line, ", 13);
    kill(getpid(), SIGUSR1);  // it comes here
    write(1, "and the rest\n", 13);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
