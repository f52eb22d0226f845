#define _GNU_SOURCE
#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    siginfo_t info;
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    wait(NULL);
    waitpid(-1, NULL, 0);
    wait3(NULL, 0, NULL);
    wait4(-1, NULL, 0, NULL);
    waitid(P_ALL, 0, &info, WEXITED);
}
