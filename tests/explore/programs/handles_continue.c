#include "course_stops.h"

/* A handler of SIGCONT runs when it is continued. */
static void goes_on(int signal) { (void)signal; say("H"); }

int main(void) {
    int status;
    signal(SIGCONT, goes_on);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        say("c");
        _exit(0);
    }
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    say("p");
    wait(NULL);
}
