#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANGES (WUNTRACED | WCONTINUED)

int main(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    kill(child, SIGSTOP);
    siginfo_t info;
    waitid(P_PID, child, &info, WSTOPPED | WNOWAIT);  // it has stopped
    kill(child, SIGCONT);  // ① the child is stopped
    waitpid(child, &status, WUNTRACED | WCONTINUED);  // ② the child runs
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}
