#include "course.h"

int main(void) {
    if (fork() == 0) for (;;) {}
    say("p");
}
