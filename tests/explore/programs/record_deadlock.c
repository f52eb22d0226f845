#include "course.h"
/* Each locks one byte and then the other's: one of them is refused, and gives up its byte. */

static void locked(int f, int type, int start, int command, const char *yes) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
    if (fcntl(f, command, &lock) == 0) say(yes);
    else say(errno == EDEADLK ? "D" : "?");
}

int main(void) {
    int f = open("f", O_CREAT | O_RDWR, 0600);
    if (fork() == 0) {
        locked(f, F_WRLCK, 0, F_SETLKW, "");
        locked(f, F_WRLCK, 1, F_SETLKW, "c");
        _exit(0);
    }
    locked(f, F_WRLCK, 1, F_SETLKW, "");
    locked(f, F_WRLCK, 0, F_SETLKW, "p");
    locked(f, F_UNLCK, 0, F_SETLK, "");
    locked(f, F_UNLCK, 1, F_SETLK, "");
    wait(NULL);
}
