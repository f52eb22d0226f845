#include "course.h"

/* SIGCHLD comes when the child is dead, which may be after its parent is back from vfork. */
static void told(int number) { say("h"); }

int main(void) {
    signal(SIGCHLD, told);
    pid_t child = vfork();
    if (child == 0) _exit(0);
    say("a");
    say("b");
    wait(NULL);
    say("e");
}
