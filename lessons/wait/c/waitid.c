/* waitid. The demonstrations of waitid.py, in C. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void look_first(void) {
    int status;
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(3);
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    waitpid(child, &status, 0);  // ① the first call has returned
    printf("%d\n", WEXITSTATUS(status));  // ② the second, too
    fflush(stdout);
}

static const char *CODES[] = {
    [CLD_EXITED] = "CLD_EXITED",
    [CLD_KILLED] = "CLD_KILLED",
    [CLD_STOPPED] = "CLD_STOPPED",
    [CLD_CONTINUED] = "CLD_CONTINUED",
};
void read_siginfo(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(3);
    waitid(P_PID, child, &info, WEXITED | WSTOPPED);
    printf("%s %d", CODES[info.si_code], info.si_status);
    fflush(stdout);
}

void wait_for_a_group(void) {
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
