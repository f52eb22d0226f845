#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s CODE CODE\n", argv[0]);
        return 2;
    }
    /* Make two children; the first ends with the first number, the second with the second.
       Then collect both, and print a line for each: its pid and its exit status. */
    return 0;
}
