#include "course.h"

/* A handler may run before the pipe is made: then the read waits for ever. */
static void note(int signal) { (void)signal; }

int main(void) {
    struct sigaction action = {.sa_handler = note};
    int ends[2];
    char letter;
    sigaction(SIGALRM, &action, NULL);
    alarm(1);
    pipe(ends);
    say(read(ends[0], &letter, 1) < 0 ? "i" : "e");
}
