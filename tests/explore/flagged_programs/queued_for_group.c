#include "course.h"

static void handler(int number) { (void)number; }

int main(void) {
    signal(SIGRTMIN, handler);
    if (fork() == 0) { kill(0, SIGRTMIN); _exit(0); }
    while (wait(NULL) > 0 || errno == EINTR) {}
}
