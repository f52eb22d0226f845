#include "course.h"

/* The child opens the output again, as `> /dev/stderr` of a shell does. */
int main(void) {
    if (fork() == 0) {
        int again = open("/dev/stderr", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        write(again, "c", 1);
        _exit(0);
    }
    say("p");
    wait(NULL);
}
