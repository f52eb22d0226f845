#include "course.h"

/* One child sleeps until it can have the exclusive lock; its sibling takes the shared one by the same descriptor. */
int main(void) {
    int f = open("lock", O_CREAT | O_RDWR, 0600), other = open("lock", O_RDWR);
    flock(other, LOCK_SH);
    if (fork() == 0) { close(other); flock(f, LOCK_EX); say("x"); _exit(0); }
    if (fork() == 0) { close(other); flock(f, LOCK_SH); say("s"); _exit(0); }
    close(f);
    flock(other, LOCK_UN);
    while (wait(NULL) > 0) {}
}
