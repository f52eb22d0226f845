#include "course.h"

int main(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) { say("d"); _exit(0); }
        _exit(0);
    }
    wait(NULL);
    say("p");
}
