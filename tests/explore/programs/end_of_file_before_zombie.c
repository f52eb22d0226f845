#include "course.h"

int main(void) {
    int p[2];
    char byte;
    pipe(p);
    if (fork() == 0) _exit(0);
    close(p[1]);
    read(p[0], &byte, 1);
    say(waitpid(-1, NULL, WNOHANG) == 0 ? "not yet" : "dead");
}
