#include "course.h"

/* The alarm may expire before, during or after the sleep. */
static void note(int signal) { (void)signal; say("a"); }

int main(void) {
    signal(SIGALRM, note);
    alarm(1);
    say(sleep(3) > 0 ? "w" : "s");
}
