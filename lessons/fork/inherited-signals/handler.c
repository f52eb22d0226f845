#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
static void note(int number) { seen += number == SIGUSR1; }
int main(void) {
    struct sigaction action = {.sa_handler = note};
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        kill(getpid(), SIGUSR1);
        _exit(seen);
    }
    waitpid(child, NULL, 0);
    printf("parent: %d\n", (int)seen);
}
