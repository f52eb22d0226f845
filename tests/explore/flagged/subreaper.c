#include "course.h"

#include <sys/prctl.h>

int main(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (fork() == 0) { if (fork() == 0) say("g"); _exit(0); }
    while (wait(NULL) > 0) say("w");
}
