#include <err.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* A bomb that doubles five times, and no further. */
void burst(void) {
    for (int i = 0; i < 5; i++) {
        fork();
    }
    pause();
}

int main(void) {
    int number;
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pid_t bomb = fork();
    if (bomb == -1)
        err(1, "fork");
    if (bomb == 0) {  // in the bomb
        burst();
    }
    sigwait(&usr1, &number);  // you type ls
    switch (fork()) {
    case -1:
        write(1, "ls cannot be started\n", 21);
        break;
    case 0:  // in ls
        _exit(0);
    default:
        write(1, "ls runs\n", 8);
    }
}
