#include "course.h"

/* A zombie is there until it is waited for: this loop has no end. */
int main(void) {
    int child = fork();
    if (child == 0) _exit(0);
    say("p");
    while (kill(child, 0) == 0) {}
    say("never");
}
