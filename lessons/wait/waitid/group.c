#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    siginfo_t info;
    pid_t leader = fork();
    if (leader == -1)
        err(1, "fork");
    if (leader == 0)  // in leader
        pause();
    if (setpgid(leader, leader) == -1)
        err(1, "setpgid");
    pid_t member = fork();
    if (member == -1)
        err(1, "fork");
    if (member == 0)  // in member
        pause();
    if (setpgid(member, leader) == -1)
        err(1, "setpgid");
    waitid(P_PGID, leader, &info, WEXITED);
    // ① the first call has returned
    waitid(P_PGID, leader, &info, WEXITED);
}
