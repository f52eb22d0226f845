/* One SIGCHLD stands for two ends, and has the status of the first. */
#include "course.h"

int main(void) {
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int first = fork();
    if (first == 0) _exit(3);
    int second = fork();
    if (second == 0) { raise(SIGTERM); _exit(0); }
    waitpid(first, NULL, 0);
    waitpid(second, NULL, 0);
    sigwaitinfo(&set, &info);
    if (info.si_code == CLD_EXITED)
        say(info.si_pid == first && info.si_status == 3 ? "exited" : "?");
    else
        say(info.si_pid == second && info.si_status == SIGTERM ? "killed" : "?");
}
