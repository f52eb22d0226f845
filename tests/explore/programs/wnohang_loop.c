#include "course.h"

int main(void) {
    int dots = 0;
    if (fork() == 0) { say("c"); _exit(0); }
    while (waitpid(-1, NULL, WNOHANG) == 0)
        if (dots < 2) { dots++; say("."); }
    say("e");
}
