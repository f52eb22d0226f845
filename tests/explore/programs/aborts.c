#include "course.h"

int main(void) {
    int status;
    if (fork() == 0) { say("a"); abort(); }
    if (fork() == 0) { *(volatile int *)0 = 1; }
    wait(&status);
    say_status(status);
    wait(&status);
    say_status(status);
}
