#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    // BEGIN SOLUTION
    int status = 0;
    // END SOLUTION
    if (argc != 2) {
        fprintf(stderr, "usage: %s ROUNDS\n", argv[0]);
        return 2;
    }
    char *end;
    long rounds = strtol(argv[1], &end, 10);
    if (end == argv[1] || *end != '\0' || rounds < 0 || rounds > 5) {
        fprintf(stderr, "%s: %s: a number from 0 to 5 is needed\n", argv[0], argv[1]);
        return 2;
    }
    // BEGIN SOLUTION
    for (int i = 0; i < rounds; i++) {
        if (fork() == -1) {
            perror("fork");
            status = 1;
            break;
        }
    }
    while (wait(NULL) != -1 || errno != ECHILD) /* until no child is left */
        continue;
    return status;
    // INSTEAD
    // /* In each round, each process forks once.
    //    Then each process collects the children that it has made. */
    // fprintf(stderr, "nothing is done yet in %ld rounds\n", rounds);
    // return 1;
    // END SOLUTION
}
