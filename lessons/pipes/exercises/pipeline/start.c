#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    int middle = 1;
    while (middle < argc && strcmp(argv[middle], "--") != 0)
        middle++;
    if (middle == 1 || middle + 1 >= argc) {
        fprintf(stderr, "usage: %s FIRST... -- SECOND...\n", argv[0]);
        return 2;
    }
    argv[middle] = NULL;
    char **first = argv + 1, **second = argv + middle + 1;
    /* Run `first | second`. */
    (void)first;
    (void)second;
    return 0;
}
