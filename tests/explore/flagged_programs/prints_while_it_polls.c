#include "course.h"

int main(void) {
    if (fork() == 0) { say("c"); _exit(0); }
    while (waitpid(-1, NULL, WNOHANG) == 0) say(".");
}
