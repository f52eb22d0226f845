#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A fork bomb: run it only in the lesson, which limits it. */
void explode(void) {
    while (1) {
        if (fork() == -1 && errno == EAGAIN)
            pause();  // a real bomb tries again
    }
}

int main(void) {
    int number;
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pid_t bomb = fork();
    if (bomb == -1)
        err(1, "fork");
    if (bomb == 0)  // in the bomb
        explode();
    sigwait(&usr1, &number);  // you type ls
    if (fork() == -1) {
        printf("ls: %s\n", strerror(errno));
        fflush(stdout);
    }
}
