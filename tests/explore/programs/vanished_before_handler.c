#include "course.h"

/* Whether the child has vanished or is a zombie when its parent sets a handler, nothing shows. */
static void handler(int number) { say("H"); }

int main(void) {
    pid_t child = fork();
    if (child == 0) { say("a"); _exit(0); }
    signal(SIGCHLD, SIG_IGN);
    signal(SIGCHLD, handler);
    say(waitpid(child, NULL, 0) < 0 ? "-" : "+");
}
