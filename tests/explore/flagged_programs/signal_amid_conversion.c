#include "course.h"

static void handler(int number) {}

/* The signal may come when the lock is given up: then the call is broken off. */
int main(void) {
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    int f = open("lock", O_CREAT | O_RDWR, 0600), other = open("lock", O_RDWR);
    flock(f, LOCK_SH);
    flock(other, LOCK_SH);
    if (fork() == 0) { close(f); kill(getppid(), SIGUSR1); _exit(0); }
    close(other);
    if (flock(f, LOCK_EX) != 0) say("interrupted");
    while (wait(NULL) > 0) {}
}
