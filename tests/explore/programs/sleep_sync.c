#include "course.h"

int main(void) {
    if (fork() == 0) { sleep(1); say("child "); _exit(0); }
    say("parent ");
    sleep(3);
    say("end ");
}
