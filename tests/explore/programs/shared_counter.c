#include "course.h"
/* Two processes count in shared memory, each twice, without a lock: the parent prints the sum. */

int main(void) {
    int *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        for (int i = 0; i < 2; i++) *counter = *counter + 1;
        _exit(0);
    }
    for (int i = 0; i < 2; i++) *counter = *counter + 1;
    wait(NULL);
    say_char('0' + *counter);
}
