#include "course.h"

/* More than a second of nanoseconds is no time: the call fails, and does not sleep. */
int main(void) {
    struct timespec wrong = {0, 2000000000};
    if (fork() == 0) {
        say("c");
        _exit(0);
    }
    say(nanosleep(&wrong, NULL) < 0 && errno == EINVAL ? "e" : "?");
    wait(NULL);
}
