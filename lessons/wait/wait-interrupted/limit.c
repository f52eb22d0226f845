#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void give_up(int number) {
    (void)number;  // waitpid fails: EINTR
}

int main(void) {
    struct sigaction action = {.sa_handler = give_up};  // no SA_RESTART
    if (sigaction(SIGALRM, &action, NULL) == -1)
        err(1, "sigaction");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    if (waitpid(child, NULL, 0) == -1 && errno == EINTR) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}
