#include "course.h"
#include <setjmp.h>

/* The calls after the jump are as deep in the stack as the interrupted one. */
static sigjmp_buf home;

static void jump(int signal) { siglongjmp(home, signal); }

int main(void) {
    if (sigsetjmp(home, 1)) {
        say("j");
        exit(0);
    }
    signal(SIGUSR1, jump);
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    pause();
}
