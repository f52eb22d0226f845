#include "course.h"

/* A child that ended before SIGCHLD was ignored is a zombie; one that ends later is not. */
int main(void) {
    if (fork() == 0) _exit(0);
    signal(SIGCHLD, SIG_IGN);
    int child = waitpid(-1, NULL, WNOHANG);
    say(child > 0 ? "y" : child == 0 ? "n" : "-");
}
