#include "course.h"

static char *map(const char *path) {
    int file = open(path, O_CREAT | O_RDWR, 0600);
    ftruncate(file, 4096);
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

int main(void) {
    volatile char *first = map("one");
    link("one", "other");
    volatile char *second = map("other");
    if (fork() == 0) { *first = 'c'; _exit(0); }
    say_char(*second ? 'c' : '-');
    wait(NULL);
    say_char(*second);
}
