/* A child that is killed when its parent ends. */
#include "course.h"
#include <sys/prctl.h>

int main(void) {
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        say("c");
        pause();
    }
}
