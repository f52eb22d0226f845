#include "course.h"

/* A wait with a timeout may end before the signal arrives. */
int main(void) {
    sigset_t set;
    struct timespec second = {1, 0};
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (fork() == 0) {
        say("c");
        _exit(0);
    }
    say(sigtimedwait(&set, NULL, &second) == SIGCHLD ? "y" : errno == EAGAIN ? "n" : "?");
}
