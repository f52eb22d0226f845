#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(0);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0) {  // in the second child
        if (setpgid(0, 0) == -1)
            _exit(1);
        _exit(0);
    }
    siginfo_t info;
    waitid(P_PID, first, &info, WEXITED | WNOWAIT);
    waitid(P_PID, second, &info, WEXITED | WNOWAIT);
    pid_t pid = waitpid(second, NULL, WNOHANG);  // ① both have ended
    if (pid == -1 && errno == ECHILD)
        printf("ECHILD");
    else
        printf("%s", pid == first ? "first"
                     : pid == second ? "second" : "0");
}
