/* A signal ends select, which stores the remaining time. */
#include "../programs/course.h"

static void catch_it(int number)
{
    (void)number;
}

int main(void)
{
    struct timeval left = {1000, 0};
    struct sigaction how = {.sa_handler = catch_it};
    sigaction(SIGUSR1, &how, NULL);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    int found = select(0, NULL, NULL, NULL, &left);
    say(found < 0 && left.tv_sec > 700 ? "soon" : "late");
    wait(NULL);
    return 0;
}
