#include "course.h"

/* SIGCHLD arrives when the child is dead, perhaps after vfork has returned in the parent. */
static void told(int number) { (void)number; say("h"); }

int main(void) {
    signal(SIGCHLD, told);
    pid_t child = vfork();
    if (child == 0) _exit(0);
    say("a");
    say("b");
    wait(NULL);
    say("e");
}
