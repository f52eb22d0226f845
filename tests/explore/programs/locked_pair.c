#include "course.h"
/* One lock guards two words: its holder sees both as the previous holder left them. */

struct shared { int lock, first, second; };

int main(void) {
    struct shared *all =
        mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    int is_free;
    do {
        is_free = 0;
    } while (!__atomic_compare_exchange_n(
        &all->lock, &is_free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    all->first++;
    all->second += all->first;
    __atomic_fetch_sub(&all->lock, 1, __ATOMIC_RELEASE);
    if (child == 0) _exit(0);
    wait(NULL);
    say_char('0' + all->second);
}
