#include "course_stops.h"

/* WCONTINUED: each change is reported once; a stop is no longer reported after SIGCONT. */
int main(void) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        say("r");
        _exit(0);
    }
    waitpid(child, &status, WUNTRACED);
    say_change(status);
    say(waitpid(child, &status, WUNTRACED | WNOHANG) == 0 ? "-" : "?");
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    say_change(status);
    waitpid(child, &status, WCONTINUED);
    say_change(status);
}
