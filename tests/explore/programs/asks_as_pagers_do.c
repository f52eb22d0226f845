#include "course.h"

/* Like more and less: opens a signal descriptor that it does not read, and ignores the time. */
int main(void) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGWINCH);
    signalfd(-1, &one, SFD_CLOEXEC);
    time(NULL);
    if (fork() == 0) { say("c"); _exit(0); }
    time(NULL);
    say("p");
    wait(NULL);
}
