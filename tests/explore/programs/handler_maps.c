#include "course.h"
#include <sys/mman.h>

// The handler maps a page between two of the program's own, which are then not adjacent.
static char *page(void) {
    return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void map(int number) {
    (void)number;
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void) {
    signal(SIGUSR1, map);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    char *first = page(), *second = page(), *third = page();
    int adjacent = (first - second == 4096) * 2 + (second - third == 4096);
    while (wait(0) < 0)
        ;
    dprintf(1, "%d", adjacent);
}
