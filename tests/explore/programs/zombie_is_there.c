#include "course.h"

int main(void) {
    int child;
    if ((child = fork()) == 0) _exit(0);
    say(kill(child, 0) == 0 ? "z" : "g");
    wait(NULL);
    say(kill(child, 0) == 0 ? "z" : "g");
}
