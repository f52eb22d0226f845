#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    struct rlimit limit = {3, 3};
    if (setrlimit(RLIMIT_NPROC, &limit) == -1)
        err(1, "setrlimit");
    pid_t made[3], child = 0;
    int count = 0;
    while (count < 3) {  // the limit does not bind root
        child = fork();
        if (child == -1)
            break;
        if (child == 0)  // in a child
            pause();  // stays alive
        made[count++] = child;
    }
    if (child == -1 && errno == EAGAIN)
        dprintf(1, "%d children", count);
    for (int i = 0; i < count; i++) {
        kill(made[i], SIGKILL);
        waitpid(made[i], NULL, 0);
    }
}
