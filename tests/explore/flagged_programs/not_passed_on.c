/* Shared memory that fork does not copy: the child ends by SIGSEGV. */
#include "course.h"

int main(void) {
    int status;
    volatile int *place = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    madvise((void *)place, 4096, MADV_DONTFORK);
    if (fork() == 0) {
        *place = 1;
        _exit(0);
    }
    wait(&status);
    say_status(status);
}
