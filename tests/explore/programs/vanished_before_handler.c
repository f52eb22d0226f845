#include "course.h"

/* Nothing shows whether the child is gone or a zombie when its parent sets a handler. */
static void handler(int number) { (void)number; say("H"); }

int main(void) {
    pid_t child = fork();
    if (child == 0) { say("a"); _exit(0); }
    signal(SIGCHLD, SIG_IGN);
    signal(SIGCHLD, handler);
    say(waitpid(child, NULL, 0) < 0 ? "-" : "+");
}
