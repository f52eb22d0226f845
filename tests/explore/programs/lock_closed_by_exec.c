#include "course.h"

/* The child's exec closes the last descriptor of the lock; without a vfork, exec is one step. */
int main(void) {
    int f = open("lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    flock(f, LOCK_EX);
    if (fork() == 0) { execlp("true", "true", NULL); _exit(1); }
    close(f);
    f = open("lock", O_RDWR);
    say(flock(f, LOCK_EX | LOCK_NB) == 0 ? "y" : "n");
    wait(NULL);
    say(flock(f, LOCK_EX | LOCK_NB) == 0 ? "y" : "n");
}
