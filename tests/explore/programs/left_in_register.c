#include "course.h"
/* During a call with one argument, the register of a second has an address of shared memory. */
#include <sys/syscall.h>

int main(void) {
    char *place = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *place = 'p';
    if (fork() == 0) {
        *place = 'c';
        _exit(0);
    }
    syscall(SYS_close, 9, place);
    say_char(*place);
    wait(NULL);
}
