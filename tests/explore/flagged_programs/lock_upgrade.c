#include "course.h"

/* flock(2): a conversion releases the lock first, so two upgrades do not block each other. */
int main(void) {
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int f = open("lock", O_CREAT | O_RDWR, 0600);
            flock(f, LOCK_SH);
            flock(f, LOCK_EX);
            say(i ? "b" : "a");
            _exit(0);
        }
    while (wait(NULL) > 0) {}
}
