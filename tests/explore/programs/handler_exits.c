// exit() in a handler flushes the current text of the stream.
#include "../programs/course.h"

static void end(int signal) {
    exit(signal == SIGALRM);
}

int main(void) {
    fputs("-", stdout);
    signal(SIGALRM, end);
    alarm(1);
    fputs("a", stdout);
    fputs("b", stdout);
    for (;;)
        pause();
}
