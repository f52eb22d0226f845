#include "course.h"

static int taken(const sigset_t *set) {
    struct timespec at_once = {0, 0};
    int count = 0;
    while (sigtimedwait(set, NULL, &at_once) > 0) count++;
    return count;
}

int main(void) {
    int parent = getpid();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (fork() == 0) { kill(parent, SIGRTMIN); kill(parent, SIGRTMIN); _exit(0); }
    say_char('0' + taken(&set));
    wait(NULL);
    say_char('0' + taken(&set));
}
