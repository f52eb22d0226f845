#include "course.h"
/* Each process counts in its own word. */

int main(void) {
    int *all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int child = 0; child < 2; child++)
        if (fork() == 0) {
            for (int i = 0; i < 2; i++) all[100 * child]++;
            _exit(0);
        }
    while (wait(NULL) > 0) {}
    say_char('0' + all[0]);
    say_char('0' + all[100]);
}
