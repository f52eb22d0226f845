#include "course.h"
#include <semaphore.h>
/* Two processes make a semaphore of the same name, alone (O_EXCL): C and P if so, else c and p. */

static int is_mine(void) {
    return sem_open("/simpsh-test-only", O_CREAT | O_EXCL, 0600, 1) != SEM_FAILED;
}

int main(void) {
    if (fork() == 0) {
        say(is_mine() ? "C" : "c");
        _exit(0);
    }
    say(is_mine() ? "P" : "p");
    wait(NULL);
    sem_unlink("/simpsh-test-only");
}
