#include "course.h"

/* Two files are nearly always made in the same second. */
int main(void) {
    struct stat x, y;
    close(creat("x", 0600));
    if (fork() == 0) {
        close(creat("y", 0600));
        _exit(0);
    }
    wait(NULL);
    stat("x", &x);
    stat("y", &y);
    say(x.st_mtim.tv_sec == y.st_mtim.tv_sec ? "same" : "other");
}
