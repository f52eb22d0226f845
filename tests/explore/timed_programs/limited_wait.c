/* The signal arrives after the first wait has timed out, and during the second. */
#include "course.h"

int main(void) {
    pid_t parent = getpid();
    struct timespec second = {.tv_sec = 1}, more = {.tv_sec = 3};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (fork() == 0) { sleep(2); kill(parent, SIGUSR1); _exit(0); }
    say(sigtimedwait(&set, NULL, &second) == SIGUSR1 ? "s" : "-");
    say(sigtimedwait(&set, NULL, &more) == SIGUSR1 ? "s" : "-");
    wait(NULL);
}
