#include "course.h"

/* Polls until its parent has ended. */
int main(void) {
    int parent = getpid();
    if (fork() == 0) { while (getppid() == parent) {} say("o"); _exit(0); }
    say("p");
}
