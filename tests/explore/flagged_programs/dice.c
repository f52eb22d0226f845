#include "course.h"

/* The number that is printed depends on the time, and is none. */
int main(void) {
    srand(time(NULL));
    if (fork() == 0) { say("c"); _exit(0); }
    wait(NULL);
    say_char('1' + rand() % 6);
}
