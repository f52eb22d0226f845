#include "course.h"

/* S: stopped; C: continued; K: killed by a signal; otherwise the exit status as a digit. */
static inline void say_change(int status) {
    if (WIFSTOPPED(status)) say("S");
    else if (WIFCONTINUED(status)) say("C");
    else say_status(status);
}
