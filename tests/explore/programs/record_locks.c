#include "course.h"

int main(void) {
    int f = open("f", O_CREAT | O_RDWR, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fork() == 0) { say(fcntl(f, F_SETLK, &lock) == 0 ? "c" : "-"); _exit(0); }
    say(fcntl(f, F_SETLK, &lock) == 0 ? "p" : "-");
    wait(NULL);
}
