#include "course.h"

/* A lock belongs to the open file description: closing one of two descriptors keeps it. */
int main(void) {
    int f = open("lock", O_CREAT | O_RDWR, 0600);
    flock(f, LOCK_EX);
    if (fork() == 0) { say("c"); _exit(0); }
    close(f);
    flock(open("lock", O_RDWR), LOCK_EX);
    say("p");
    wait(NULL);
}
