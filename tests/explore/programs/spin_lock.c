#include "course.h"

struct shared { char lock; int counter; };

int main(void) {
    struct shared *all =
        mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    while (__atomic_test_and_set(&all->lock, __ATOMIC_SEQ_CST)) {}
    all->counter++;
    __atomic_clear(&all->lock, __ATOMIC_RELEASE);
    if (child == 0) _exit(0);
    wait(NULL);
    say_char('0' + all->counter);
}
