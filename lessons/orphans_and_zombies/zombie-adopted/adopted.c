#include <err.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void adopt_orphans(void) {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
        err(1, "prctl");
}

int main(void) {
    int status;
    adopt_orphans();
    pid_t parent = fork();
    if (parent == -1)
        err(1, "fork");
    if (parent == 0) {  // in the parent
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in the child
            _exit(42);
        _exit(0);  // ① the child is a zombie
    }
    waitpid(parent, NULL, 0);
    wait(&status);  // ② the parent is gone
}
