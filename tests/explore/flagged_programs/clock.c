#include "course.h"

int main(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char text[40];
    write(1, text, sprintf(text, "%ld", now.tv_nsec));
}
