#define _GNU_SOURCE
#include <poll.h>
#include "course.h"

volatile int come;
void handler(int number) { (void)number; come = 1; }

int main(void) {
    signal(SIGCHLD, handler);
    if (fork() == 0) { say("c"); _exit(0); }
    if (!come) ppoll(0, 0, 0, 0);
    say("e");
}
