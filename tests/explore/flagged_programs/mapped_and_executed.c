#include "course.h"
/* A script cannot be executed while it is mapped; an overlay permits it. */

int main(void) {
    int file = open("script", O_CREAT | O_RDWR, 0700);
    write(file, "#!/bin/echo a\n", 14);
    volatile char *memory = mmap(NULL, 14, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (fork() == 0) { memory[12] = 'b'; _exit(0); }
    if (fork() == 0) { execl("./script", "script", NULL); _exit(1); }
    while (wait(NULL) > 0) {}
}
