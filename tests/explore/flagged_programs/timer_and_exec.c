#include "course.h"
/* exec deletes the timer, and drops its signal. */

int main(int argc, char **argv) {
    timer_t timer;
    struct itimerspec second = {{0, 0}, {1, 0}};
    if (argc == 1) {
        timer_create(CLOCK_MONOTONIC, NULL, &timer);
        timer_settime(timer, 0, &second, NULL);
        execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    }
    say("x");
}
