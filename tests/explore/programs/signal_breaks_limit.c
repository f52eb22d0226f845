#include "course.h"

/* A signal ends a wait with a limit, by select, or comes before or after it. */
static void say_h(int number) { (void)number; say("h"); }

int main(void) {
    struct sigaction how = {.sa_handler = say_h};
    struct timeval time = {0, 200000};
    int ends[2], result;
    fd_set asked;
    sigaction(SIGUSR1, &how, NULL);
    pipe(ends);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    FD_ZERO(&asked);
    FD_SET(ends[0], &asked);
    result = select(ends[0] + 1, &asked, NULL, NULL, &time) < 0 && errno == EINTR;
    say(result ? "E" : "0");
    while (wait(NULL) < 0)
        ;
}
