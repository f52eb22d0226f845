#include "course.h"

/* An alarm that nobody catches ends a loop without end. */
int main(void) {
    int status;
    if (fork() == 0) {
        alarm(1);
        say("c");
        for (;;);
    }
    wait(&status);
    say_status(status);
}
