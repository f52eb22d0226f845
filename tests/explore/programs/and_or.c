#include "course.h"

int main(void) {
    (void)((fork() && fork()) || fork());
    say("x");
}
