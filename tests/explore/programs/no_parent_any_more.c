#include "course.h"

/* Asks again and again until its parent has gone. */
int main(void) {
    int parent = getpid();
    if (fork() == 0) { while (getppid() == parent) {} say("o"); _exit(0); }
    say("p");
}
