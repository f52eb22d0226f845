/* A child with a handler, one with the default action, one that ignores: each is sent SIGUSR1. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void caught(int signal) { (void)signal; write(1, "H", 1); }

int main(int count, char **words) { (void)count;
    int child = fork();
    if (child == 0) {
        if (words[1][0] == 'c') signal(SIGUSR1, caught);
        if (words[1][0] == 'i') signal(SIGUSR1, SIG_IGN);
        write(1, "C", 1);
        _exit(0);
    }
    kill(child, SIGUSR1);
    wait(0);
    return 0;
}
