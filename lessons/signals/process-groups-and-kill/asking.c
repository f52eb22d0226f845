#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    kill(child, 0);  // ① the child has ended
    write(1, "it exists, ", 11);
    waitpid(child, NULL, 0);
    if (kill(child, 0) == -1 && errno == ESRCH)
        write(1, "it is gone", 10);
}
