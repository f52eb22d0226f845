#include "course.h"

void handler(int number) { (void)number; say("H"); }

int main(void) {
    signal(SIGCHLD, handler);
    if (fork() == 0) { say("c"); _exit(0); }
    say("p");
    while (wait(NULL) < 0 && errno == EINTR) {}
    say("e");
}
