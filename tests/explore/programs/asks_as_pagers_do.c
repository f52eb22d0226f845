#include "course.h"

/* As more and less: descriptors for signals that are not read, and the time, used for nothing. */
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
