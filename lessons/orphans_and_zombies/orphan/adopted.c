#include <err.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void adopt_orphans(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
        err(1, "prctl");
}

int main(void) {
    adopt_orphans();  // a subreaper from now on: prctl(2)
    pid_t parent = fork();
    if (parent == -1)
        err(1, "fork");
    if (parent == 0) {  // in the parent
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            pause();  // the child is alive until you kill it
        _exit(0);  // ① the child has its parent
    }
    waitpid(parent, NULL, 0);  // ② the parent has ended
    waitpid(-1, NULL, 0);
}
