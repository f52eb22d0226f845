#include "course.h"
/* A process that sees the second store also sees the first. */

int main(void) {
    volatile int *all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        all[0] = 1;
        all[100] = 1;
        _exit(0);
    }
    while (all[100] == 0) {}
    say_char('0' + all[0]);
    wait(NULL);
}
