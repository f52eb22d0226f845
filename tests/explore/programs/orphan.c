#include "course.h"

int main(void) {
    if (fork() == 0) { say("o"); say("p"); _exit(0); }
    say("x");
}
