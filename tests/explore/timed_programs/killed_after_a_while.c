/* The child sleeps for ever. */
#include "course.h"

int main(void) {
    pid_t child = fork();
    if (child == 0) for (;;) { sleep(1); say("t"); }
    usleep(2500000);
    kill(child, SIGTERM);
    wait(NULL);
    say("k");
}
