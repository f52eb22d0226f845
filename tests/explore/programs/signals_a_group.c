#include "course.h"

/* Two jobs' processes in one group; the whole group is killed. */
int main(void) {
    int status;
    pid_t first = fork();
    if (first == 0) { setpgid(0, 0); say("a"); _exit(1); }
    setpgid(first, first);
    pid_t second = fork();
    if (second == 0) { setpgid(0, first); say("b"); _exit(2); }
    setpgid(second, first);
    say(kill(-first, SIGTERM) == 0 ? "k" : "?");
    waitpid(first, &status, 0);
    say_status(status);
    waitpid(second, &status, 0);
    say_status(status);
    say(kill(-first, SIGTERM) < 0 && errno == ESRCH ? "-" : "?");
}
