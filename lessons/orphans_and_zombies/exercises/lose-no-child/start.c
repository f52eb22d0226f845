#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s COUNT\n", argv[0]);
        return 2;
    }
    int count = atoi(argv[1]);
    for (int i = 0; i < count; i++)
        if (fork() == 0) {
            pause(); /* until a signal ends it */
            _exit(0);
        }
    /* Collect them in a handler for SIGCHLD. When all have been collected, print
       a line for each: its pid and the number of the signal that ended it. */
    return 0;
}
