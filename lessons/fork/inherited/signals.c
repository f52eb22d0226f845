#include <err.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void caught(int number) { (void)number; }
int main(void) {
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    struct sigaction action = {.sa_handler = caught};
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, NULL);  // caught
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    kill(getpid(), SIGUSR1);  // blocked, so it is pending
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(0);  // ① both have done nothing since
    }
    waitpid(child, NULL, 0);
}
