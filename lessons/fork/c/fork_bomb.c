/* A fork bomb, and its limit. The demonstrations of fork_bomb.py, in C. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* explode is not compared: time decides which processes fork, and which fail. */

void explode(void) {
    while (1) {
        if (fork() == -1 && errno == EAGAIN)
            pause();  // a real bomb tries again
    }
}

/* user is not compared: time decides which processes of the bomb fork. */

void user(void) {
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

/* refill is not compared: time decides which processes fork, and which wait. */

void refill(void) {
    while (1) {
        if (fork() == -1 && errno == EAGAIN)
            if (wait(NULL) == -1 && errno == ECHILD)  // no child
                pause();
    }
}

/* A bomb that doubles five times, and no further. */
void burst(void) {
    for (int i = 0; i < 5; i++) {
        fork();
    }
    pause();
}

void contain(void) {
    int number;
    struct rlimit four = {4, 4};
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pid_t bomb = fork();
    if (bomb == -1)
        err(1, "fork");
    if (bomb == 0) {  // in the bomb
        if (setrlimit(RLIMIT_NPROC, &four) == -1)
            err(1, "setrlimit");
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
