#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        raise(SIGSTOP);
        setpgid(0, 0);
        _exit(0);
    }
    if (kill(-child, 0) == 0)
        write(1, "group", 5);
    else if (errno == ESRCH)
        write(1, "no group", 8);
    waitpid(child, NULL, 0);
}
