#include "course.h"
/* The store of the first may wait in its processor until that of the second is overwritten. */

int main(void) {
    volatile int *all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        all[0] = 1;
        _exit(all[100]);
    }
    if (fork() == 0) {
        all[100] = 1;
        all[0] = 2;
        _exit(0);
    }
    wait(NULL);
    wait(NULL);
    say_char('0' + all[0]);
}
