#include "course.h"

/* A signal ends a wait with a limit, by select or sigtimedwait, or comes before or after it. */
static void say_h(int number) { (void)number; say("h"); }

int main(int argc, char **argv) { (void)argv;
    struct sigaction how = {.sa_handler = say_h};
    struct timeval time = {0, 200000};
    struct timespec limit = {0, 200000000};
    int ends[2], result;
    fd_set asked;
    sigset_t other;
    sigaction(SIGUSR1, &how, NULL);
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    sigprocmask(SIG_BLOCK, &other, NULL);
    pipe(ends);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    FD_ZERO(&asked);
    FD_SET(ends[0], &asked);
    if (argc > 1)
        result = sigtimedwait(&other, NULL, &limit) < 0 && errno == EINTR;
    else
        result = select(ends[0] + 1, &asked, NULL, NULL, &time) < 0 && errno == EINTR;
    say(result ? "E" : "0");
    while (wait(NULL) < 0)
        ;
}
