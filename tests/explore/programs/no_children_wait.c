#include "course.h"

/* SA_NOCLDWAIT: the handler is called, but there is no zombie. */
static void told(int number) { (void)number; say("h"); }

int main(void) {
    struct sigaction action = {.sa_handler = told, .sa_flags = SA_NOCLDWAIT | SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    if (fork() == 0) {
        say("c");
        _exit(0);
    }
    say(wait(NULL) < 0 && errno == ECHILD ? "-" : "?");
}
