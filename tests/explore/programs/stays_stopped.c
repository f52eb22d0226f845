#include "course_stops.h"

/* A group that is orphaned from its beginning gets no SIGHUP when a parent of the group ends. */
static void hung_up(int signal) { (void)signal; say("h"); }

int main(void) {
    int ends[2];
    pipe(ends);
    pid_t leader = fork();
    if (leader == 0) {
        close(ends[0]);
        setsid();
        pid_t job = fork();
        if (job == 0) {
            signal(SIGHUP, hung_up);
            raise(SIGSTOP);
            say("c");
            _exit(0);
        }
        close(ends[1]);
        waitpid(job, NULL, WUNTRACED);
        _exit(0);
    }
    close(ends[1]);
    char byte;
    waitpid(leader, NULL, 0);
    say("s");
    kill(-leader, SIGCONT);
    read(ends[0], &byte, 1);
    say("e");
}
