#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *CODES[] = {
    [CLD_EXITED] = "CLD_EXITED",
    [CLD_KILLED] = "CLD_KILLED",
    [CLD_STOPPED] = "CLD_STOPPED",
    [CLD_CONTINUED] = "CLD_CONTINUED",
};
int main(void) {
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
