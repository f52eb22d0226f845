#include "course.h"
/* Both may read 0: a processor loads before others see its store. */

int main(void) {
    volatile int *all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        all[0] = 1;
        say_char('0' + all[100]);
        _exit(0);
    }
    all[100] = 1;
    say_char('0' + all[0]);
    wait(NULL);
}
