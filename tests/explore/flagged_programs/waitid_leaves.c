#include "course.h"

int main(void) {
    siginfo_t info;
    if (fork() == 0) _exit(0);
    info.si_pid = 0;
    waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    say(info.si_pid ? "1" : "0");
    wait(NULL);
}
