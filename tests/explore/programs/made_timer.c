#include "course.h"
/* The timer expires once, unless it is cancelled before. */

static void handler(int number) { (void)number; say("A"); }

int main(void) {
    timer_t timer;
    struct itimerspec second = {{0, 0}, {1, 0}}, none = {{0, 0}, {0, 0}}, left;
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = handler}, NULL);
    timer_create(CLOCK_REALTIME, NULL, &timer);
    timer_settime(timer, 0, &second, NULL);
    say("p");
    timer_settime(timer, 0, &none, &left);
    say(left.it_value.tv_sec || left.it_value.tv_nsec ? "l" : "-");
    timer_delete(timer);
}
