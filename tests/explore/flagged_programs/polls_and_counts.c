#include "course.h"

int main(void) {
    unsigned polls = 0;
    if (fork() == 0) { say("c"); _exit(0); }
    while (waitpid(-1, NULL, WNOHANG) == 0) polls++;
    (void)polls;
    say("e");
}
