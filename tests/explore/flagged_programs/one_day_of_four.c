#include "course.h"

/* Decides by the time, but often decides the same. */
int main(void) {
    say(time(NULL) / 90061 % 4 == 3 ? "three" : "other");
}
