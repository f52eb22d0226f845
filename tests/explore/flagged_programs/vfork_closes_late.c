#include "course.h"

/* The parent returns from vfork before exec has closed the close-on-exec descriptors. */
int main(void) {
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    pipe2(ends, O_CLOEXEC);
    if (vfork() == 0) {
        execl("/bin/true", "true", NULL);
        _exit(9);
    }
    close(ends[0]);
    say(write(ends[1], "x", 1) == 1 ? "y" : "n");
    wait(NULL);
}
