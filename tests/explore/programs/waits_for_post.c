#include "course.h"
#include <semaphore.h>

int main(void) {
    sem_t *there =
        mmap(NULL, sizeof *there, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(there, 1, 0);
    if (fork() == 0) { say("c"); sem_post(there); _exit(0); }
    sem_wait(there);
    say("p");
    wait(NULL);
}
