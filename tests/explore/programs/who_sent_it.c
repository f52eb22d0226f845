#include "course.h"

static volatile int sender;
static void handler(int number, siginfo_t *info, void *context) { (void)context; (void)number; sender = info->si_pid; }

int main(void) {
    int parent = getpid(), children[2];
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 2; i++)
        if ((children[i] = fork()) == 0) { kill(parent, SIGUSR1); _exit(0); }
    while (wait(NULL) > 0) {}
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    say(sender == children[0] ? "0" : sender == children[1] ? "1" : "?");
}
