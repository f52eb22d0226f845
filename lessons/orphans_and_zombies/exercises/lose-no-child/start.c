#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    char *end = "";
    long count = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (count < 1 || *end != '\0') {
        fprintf(stderr, "usage: %s COUNT\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == -1) {
            perror("fork");
            return 1;
        }
        if (child == 0) {
            pause(); /* until a signal ends it */
            _exit(0);
        }
    }
    /* Collect them in a handler for SIGCHLD. When all have been collected, print
       a line for each: its pid and the number of the signal that ended it. */
    return 0;
}
