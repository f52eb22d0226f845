#include "course_stops.h"

/* A shell is killed and leaves a stopped job, which gets SIGHUP and SIGCONT. In an orphaned group SIGTSTP does nothing. */
static void hung_up(int signal) { (void)signal; say("h"); }

int main(void) {
    int ends[2];
    pipe(ends);
    pid_t shell = fork();
    if (shell == 0) {
        close(ends[0]);
        pid_t job = fork();
        if (job == 0) {
            setpgid(0, 0);
            signal(SIGHUP, hung_up);
            raise(SIGSTOP);
            raise(SIGTSTP);
            say("j");
            _exit(0);
        }
        close(ends[1]);
        waitpid(job, NULL, WUNTRACED);
        _exit(0);
    }
    close(ends[1]);
    char byte;
    waitpid(shell, NULL, 0);
    say("s");
    read(ends[0], &byte, 1);
    say("e");
}
