/* A file that has no name, shared by a child. */
#include "course.h"

int main(void) {
    char byte;
    int file = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fork() == 0) {
        write(file, "x", 1);
        _exit(0);
    }
    say(pread(file, &byte, 1, 0) == 1 ? "x" : "-");
    wait(NULL);
}
