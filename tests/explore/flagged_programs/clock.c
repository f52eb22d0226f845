#include "course.h"

int main(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    say(now.tv_sec % 2 ? "odd" : "even");
}
