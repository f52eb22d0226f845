#include "course.h"

/* A file of 1 GB that takes one block: to compare what each run has left in it would take for ever. */
int main(void) {
    int file = open("f", O_CREAT | O_WRONLY, 0600);
    pwrite(file, "x", 1, 1 << 30);
}
