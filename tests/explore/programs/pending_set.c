#include "course.h"

/* sigpending has each signal that arrived while it was blocked, once. The lower number is delivered first, so its handler runs last. */
static void told(int number) { say(number == SIGUSR1 ? "1" : "2"); }

int main(void) {
    sigset_t set, there;
    signal(SIGUSR1, told);
    signal(SIGUSR2, told);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGUSR1);
        kill(parent, SIGUSR2);
        kill(parent, SIGUSR1);
        _exit(0);
    }
    sigpending(&there);
    say(sigismember(&there, SIGUSR2) ? "b" : sigismember(&there, SIGUSR1) ? "a" : "-");
    wait(NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    say(".");
}
