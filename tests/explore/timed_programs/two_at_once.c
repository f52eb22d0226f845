/* Two sleep for the same time: each may go first. */
#include "course.h"

int main(void) {
    if (fork() == 0) { sleep(1); say("c"); _exit(0); }
    sleep(1);
    say("p");
    wait(NULL);
}
