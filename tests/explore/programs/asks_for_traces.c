// Asks for what would show an explorer: a filter, fixed addresses, lost rights.
#include <stdio.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) _exit(0);
    wait(NULL);
    int signal = -1;
    prctl(PR_GET_PDEATHSIG, &signal);
    printf("%d %#x ", prctl(PR_GET_SECCOMP), personality(0xffffffff));
    printf("%d %d ", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), signal);
    printf("%d %d\n", prctl(PR_GET_DUMPABLE), prctl(PR_GET_TIMERSLACK));
    return 0;
}
