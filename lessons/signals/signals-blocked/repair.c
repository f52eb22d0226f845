#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void remove_(int number) {
    (void)number;
    int saved = errno;
    write(1, "remove ", 7);
    errno = saved;
}

int main(void) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    struct sigaction action = {.sa_handler = remove_};
    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(0);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    write(1, "add ", 4);
    sigprocmask(SIG_UNBLOCK, &chld, NULL);
    waitpid(child, NULL, 0);
}
