#include "course_stops.h"

/* SIGKILL revokes a stop: no wait reports it any more, although SIGCHLD may have been sent. */
static void note(int signal) { (void)signal; say("h"); }

int main(void) {
    int status;
    signal(SIGCHLD, note);
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    kill(child, SIGKILL);
    if (waitpid(child, &status, WNOHANG | WUNTRACED) == 0) {
        say("-");
        waitpid(child, &status, 0);
    }
    say_change(status);
}
