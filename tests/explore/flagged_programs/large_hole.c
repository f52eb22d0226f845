#include "course.h"

/* A file of 1 GB in one block: comparing its contents after each run would take too long. */
int main(void) {
    int file = open("f", O_CREAT | O_WRONLY, 0600);
    pwrite(file, "x", 1, 1 << 30);
}
