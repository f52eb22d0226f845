#include "course.h"

/* A tv_nsec of more than a second is invalid: the call fails and does not sleep. */
int main(void) {
    struct timespec wrong = {0, 2000000000};
    if (fork() == 0) {
        say("c");
        _exit(0);
    }
    say(nanosleep(&wrong, NULL) < 0 && errno == EINVAL ? "e" : "?");
    wait(NULL);
}
