#include "course_stops.h"

/* The classic handler of SIGTSTP: it cleans up, really stops, and resumes when continued. */
static void stopping(int number) { (void)number;
    sigset_t set, before;
    say("t");
    signal(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    say("r");
    signal(SIGTSTP, stopping);
}

int main(void) {
    int status;
    signal(SIGTSTP, stopping);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        say("c");
        _exit(0);
    }
    kill(child, SIGTSTP);
    waitpid(child, &status, WUNTRACED);
    say_change(status);
    if (WIFSTOPPED(status)) {
        kill(child, SIGCONT);
        waitpid(child, &status, 0);
        say_change(status);
    }
}
