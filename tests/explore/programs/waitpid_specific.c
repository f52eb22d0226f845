#include "course.h"

int main(void) {
    int a, b;
    if ((a = fork()) == 0) { say("a"); _exit(0); }
    if ((b = fork()) == 0) { say("b"); _exit(0); }
    waitpid(b, NULL, 0);
    say("B");
    waitpid(a, NULL, 0);
    say("A");
}
