#include "course.h"

int main(void) {
    char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    text[0] = 'p';
    if (fork() == 0) { text[0] = 'c'; _exit(0); }
    write(1, text, 1);
    wait(NULL);
}
