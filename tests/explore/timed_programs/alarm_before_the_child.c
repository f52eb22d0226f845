#include "course.h"

static void handler(int number) { (void)number; say("A"); }

int main(void) {
    signal(SIGALRM, handler);
    alarm(2);
    if (fork() == 0) { sleep(1); say("1"); sleep(2); say("3"); _exit(0); }
    while (wait(NULL) < 0) {}
    say("e");
}
