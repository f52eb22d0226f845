#include "course.h"
#include <semaphore.h>
/* Processes count in shared memory, guarded by a semaphore: CHILDREN and their parent, each
   ROUNDS times. */

struct shared { sem_t lock; int counter; };

int main(int count, char **words) {
    int children = count > 1 ? atoi(words[1]) : 1, rounds = count > 2 ? atoi(words[2]) : 1;
    int is_child = 0;
    struct shared *all =
        mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&all->lock, 1, 1);
    while (children-- > 0 && !is_child) is_child = fork() == 0;
    while (rounds-- > 0) {
        sem_wait(&all->lock);
        all->counter++;
        sem_post(&all->lock);
    }
    if (is_child) _exit(0);
    while (wait(NULL) > 0) continue;
    say_char('0' + all->counter);
}
