#include "course.h"

int main(void) {
    volatile unsigned long count = 0;
    if (fork() == 0) for (;;) { count++; (void)count; }
    say("p");
}
