#include "course.h"

/* A zombie exists until it is collected, so this loop never ends. */
int main(void) {
    int child = fork();
    if (child == 0) _exit(0);
    say("p");
    while (kill(child, 0) == 0) {}
    say("never");
}
