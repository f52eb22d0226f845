#include "course.h"

int main(void) {
    if (fork() == 0) { unlink("f"); _exit(0); }
    int f = open("f", O_CREAT | O_RDWR, 0600);
    flock(f, LOCK_EX);
    wait(NULL);
}
