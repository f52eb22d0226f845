#include "course.h"

/* Like more and less: asks for the time, and ignores it. */
int main(void) {
    time(NULL);
    if (fork() == 0) { say("c"); _exit(0); }
    time(NULL);
    say("p");
    wait(NULL);
}
