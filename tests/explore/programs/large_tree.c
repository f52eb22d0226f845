#include "course.h"

/* 16 processes, each of which prints: far too many orders. */
int main(void) {
    for (int i = 0; i < 4; i++) fork();
    char text[16];
    int n = sprintf(text, "%d", 1);
    for (int i = 0; i < 4; i++) write(1, text, n);
    say("h");
    while (wait(NULL) > 0) {}
    say(".");
}
