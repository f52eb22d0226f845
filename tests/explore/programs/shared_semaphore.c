#include "course.h"
#include <semaphore.h>
/* Two processes count in shared memory, with a semaphore around it. */

struct shared { sem_t lock; int counter; };

int main(void) {
    struct shared *all =
        mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&all->lock, 1, 1);
    pid_t child = fork();
    sem_wait(&all->lock);
    all->counter++;
    sem_post(&all->lock);
    if (child == 0) _exit(0);
    wait(NULL);
    say_char('0' + all->counter);
}
