#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    unshare(CLONE_NEWUSER | CLONE_NEWPID);
    if (fork() == 0) {                         // init
        if (fork() == 0)                       // middle
            return fork() == 0 ? pause() : 0;  // orphan
        printf("%d", getpid()), fflush(stdout);
        wait(0);
        pause();
    }
}
