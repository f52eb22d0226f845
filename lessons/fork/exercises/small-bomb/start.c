#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
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
    /* In each round, each process forks once.
       Then each process collects the children that it has made. */
    fprintf(stderr, "nothing is done yet in %ld rounds\n", rounds);
    return 1;
}
