#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s ROUNDS\n", argv[0]);
        return 2;
    }
    int rounds = atoi(argv[1]);
    /* In each round, every process that is there forks once.
       Then each process collects the children that it has made. */
    fprintf(stderr, "nothing is done yet in %d rounds\n", rounds);
    return 1;
}
