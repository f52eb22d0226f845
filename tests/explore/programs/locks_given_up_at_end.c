#include "course.h"

// Record locks are released from the lowest descriptor on, before what flock has locked.
int main(void) {
    int ready[2];
    char byte;
    int flocked = open("f", O_RDWR | O_CREAT, 0600), first = open("a", O_RDWR | O_CREAT, 0600);
    int second = open("b", O_RDWR | O_CREAT, 0600);
    struct flock lock = {.l_type = F_WRLCK};
    if (pipe(ready))
        return 1;
    if (fork() == 0) {
        int own = open("f", O_RDWR);
        flock(own, LOCK_EX);
        fcntl(first, F_SETLK, &lock);
        fcntl(second, F_SETLK, &lock);
        write(ready[1], "r", 1);
        _exit(0);
    }
    read(ready[0], &byte, 1);
    char seen[3] = {'0', '0', '0'};
    seen[0] += flock(flocked, LOCK_EX | LOCK_NB) == 0;
    seen[1] += fcntl(second, F_SETLK, &lock) == 0;
    seen[2] += fcntl(first, F_SETLK, &lock) == 0;
    write(1, seen, 3);
}
