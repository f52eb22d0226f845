#include "course.h"
#include <semaphore.h>
/* With pshared 0 a semaphore wakes processes of one memory only: the classic mistake. */

int main(void) {
    sem_t *done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(done, 0, 0);
    if (fork() == 0) {
        sem_post(done);
        _exit(0);
    }
    sem_wait(done);
    say("p");
    wait(NULL);
}
