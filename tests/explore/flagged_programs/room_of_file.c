#include "course.h"

/* A file system may allocate the blocks of a file at any time. */
int main(void) {
    struct stat found;
    int file = creat("a", 0600);
    if (fork() == 0) {
        write(file, "x", 1);
        _exit(0);
    }
    wait(NULL);
    fstat(file, &found);
    say(found.st_blocks == 0 ? "none" : "some");
}
