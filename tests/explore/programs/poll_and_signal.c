#include "course.h"
/* A signal breaks off a poll whose time is not over. */

static void note(int number) { (void)number; }

int main(void) {
    int ends[2];
    pipe(ends);
    signal(SIGUSR1, note);
    if (fork() == 0) { kill(getppid(), SIGUSR1); _exit(0); }
    struct pollfd one = {ends[0], POLLIN, 0};
    say(poll(&one, 1, 1000) < 0 ? "i" : "0");
    wait(NULL);
}
