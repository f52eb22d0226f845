#include "course.h"

/* flock(2): an upgrade that is refused has lost the lock; one that is granted has never released it. */
int main(void) {
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int f = open("lock", O_CREAT | O_RDWR, 0600);
            flock(f, LOCK_SH);
            say(i ? "b" : "a");
            say(flock(f, LOCK_EX | LOCK_NB) ? "-" : "+");
            _exit(0);
        }
    while (wait(NULL) > 0) {}
}
