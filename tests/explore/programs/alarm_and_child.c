#include "course.h"

/* A time limit for a child: it may expire before the child has ended, or be cancelled. */
static volatile sig_atomic_t late;
static void rings(int number) { (void)number; late = 1; }

int main(void) {
    struct sigaction action = {.sa_handler = rings};
    int status;
    sigaction(SIGALRM, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
        say("c");
        _exit(0);
    }
    alarm(2);
    while (waitpid(child, &status, 0) < 0)
        if (late) {
            say("t");
            kill(child, SIGKILL);
            late = 0;
        }
    alarm(0);
    say_status(status);
}
