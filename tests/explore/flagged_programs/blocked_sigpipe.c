#include "../programs/course.h"

int main(void) {
    sigset_t set;
    int ends[2];
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pipe(ends);
    close(ends[0]);
    if (fork() == 0) _exit(0);
    say(write(ends[1], "x", 1) < 0 ? "p" : "-");
    wait(NULL);
}
