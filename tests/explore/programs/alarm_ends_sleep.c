#include "course.h"

/* The alarm may ring before the sleep, within it, or after it. */
static void note(int signal) { say("a"); }

int main(void) {
    signal(SIGALRM, note);
    alarm(1);
    say(sleep(3) > 0 ? "w" : "s");
}
