#include "course.h"

/* The printed number depends on the time, but is not a time. */
int main(void) {
    srand(time(NULL));
    if (fork() == 0) { say("c"); _exit(0); }
    wait(NULL);
    say_char('1' + rand() % 6);
}
