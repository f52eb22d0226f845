#include "course.h"
#include <sys/time.h>

int main(void) {
    struct itimerval rest;
    alarm(100);
    getitimer(ITIMER_REAL, &rest);
    say(rest.it_value.tv_sec > 50 ? "long" : "short");
}
