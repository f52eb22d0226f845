#include "course.h"

/* The kernel cannot write to these addresses: EFAULT, as without the explorer. */
int main(void) {
    void *volatile nowhere = (void *)8;
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(0);
    }
    say(sigpending(nowhere) < 0 && errno == EFAULT ? "e" : "?");
    say(wait4(child, nowhere, WUNTRACED, NULL) < 0 && errno == EFAULT ? "e" : "?");
    kill(child, SIGKILL);
    wait(NULL);
}
