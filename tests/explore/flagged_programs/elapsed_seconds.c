#include "course.h"

int main(void) {
    time_t begin = time(NULL);
    if (fork() == 0) { say("c"); _exit(0); }
    wait(NULL);
    say(time(NULL) - begin > 5 ? "slow" : "fast");
}
