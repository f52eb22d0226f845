#include "course.h"
/* Prints y if the child has set the time, n before that. */

int main(void) {
    struct timespec times[2] = {{5, 0}, {5, 0}};
    struct stat now;
    if (fork() == 0) {
        utimensat(AT_FDCWD, "data", times, 0);
        _exit(0);
    }
    stat("data", &now);
    say(now.st_mtime == 5 ? "y" : "n");
    wait(NULL);
}
