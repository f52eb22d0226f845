#include "course.h"

static volatile int count;
static void handler(int number) { (void)number; count++; }

int main(void) {
    int parent = getpid();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    signal(SIGRTMIN, handler);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) { kill(parent, SIGRTMIN); _exit(0); }
    while (wait(NULL) > 0) {}
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    say_char('0' + count);
}
