#include "course.h"
#include <sys/syscall.h>
/* Two processes count in shared memory. The call fork is made by its number, as some C libraries
   do, and takes no argument: the first argument's register holds the flag of clone that shares
   all memory. */

int main(void) {
    int *counter =
        mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
#ifdef SYS_fork
    long child = syscall(SYS_fork, CLONE_VM);
#else
    long child = fork();
#endif
    ++*counter;
    if (child == 0) _exit(0);
    wait(NULL);
    say_char('0' + *counter);
}
