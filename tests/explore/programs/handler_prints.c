// A handler prints before, between or after two pieces of output in the same buffer.
#include "course.h"

static void print(int signal) {
    (void)signal;
    fputs("h", stdout);
}

int main(void) {
    fputs("-", stdout); // so that the stream has its buffer
    signal(SIGALRM, print);
    alarm(1);
    fputs("a", stdout);
    fputs("b", stdout);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}
