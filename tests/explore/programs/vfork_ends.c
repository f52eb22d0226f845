#include "course.h"

/* The parent continues when the child releases its memory, before the child closes its descriptors and is a zombie. */
int main(void) {
    int ends[2], status;
    signal(SIGPIPE, SIG_IGN);
    pipe(ends);
    pid_t child = vfork();
    if (child == 0) {
        close(ends[1]);
        _exit(3);
    }
    close(ends[0]);
    say(write(ends[1], "x", 1) == 1 ? "r" : errno == EPIPE ? "-" : "?");
    say(waitpid(child, &status, WNOHANG) == child ? "d" : "0");
    say(kill(child, 0) == 0 ? "k" : "n");
}
