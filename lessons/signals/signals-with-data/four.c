#define _GNU_SOURCE
#include <signal.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    int low = SIGRTMIN, high = SIGRTMIN + 1, number;
    int order[] = {high, low, high, low};
    struct timespec at_once = {0, 0};
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, low);
    sigaddset(&both, high);
    sigprocmask(SIG_BLOCK, &both, NULL);
    for (int i = 0; i < 4; i++)
        kill(getpid(), order[i]);
    while ((number = sigtimedwait(&both, NULL, &at_once)) > 0) {
        if (number == low)
            write(1, "low ", 4);
        else
            write(1, "high ", 5);
    }
}
