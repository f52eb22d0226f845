/* Two processes sleep for the same time: either may continue first. */
#include "course.h"

int main(void) {
    if (fork() == 0) { sleep(1); say("c"); _exit(0); }
    sleep(1);
    say("p");
    wait(NULL);
}
