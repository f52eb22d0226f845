/* Real-time signals with values queue, for sigwaitinfo and for a handler. */
#include "course.h"

static void handler(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    say_char('0' + info->si_value.sival_int);
}

static void queue(int number, int value) {
    sigqueue(getppid(), number, (union sigval){.sival_int = value});
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
        sigaction(SIGRTMIN, &action, NULL);
        for (int value = 1; value <= 2; value++)
            if (fork() == 0) { queue(SIGRTMIN, value); _exit(0); }
        while (wait(NULL) > 0 || errno == EINTR) {}
        say(".");
        return 0;
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (fork() == 0) { queue(SIGRTMIN + 1, 1); queue(SIGRTMIN + 1, 2); _exit(0); }
    if (fork() == 0) { queue(SIGRTMIN, 7); _exit(0); }
    for (int count = 0; count < 3; count++) {
        siginfo_t info;
        sigwaitinfo(&set, &info);
        say_char('0' + info.si_value.sival_int);
    }
    while (wait(NULL) > 0) {}
}
