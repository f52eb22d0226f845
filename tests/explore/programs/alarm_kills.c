#include "course.h"

/* An alarm without a handler ends an endless pause. */
int main(void) {
    int status;
    if (fork() == 0) {
        alarm(1);
        say("c");
        for (;;) pause();
    }
    wait(&status);
    say_status(status);
}
