#include "course.h"

int main(void) {
    fork() && fork() || fork();
    say("x");
}
