#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROCESSES\n", argv[0]);
        return 2;
    }
    rlim_t most = strtoul(argv[1], NULL, 10);
    /* Set a limit of so many processes. Then let everybody fork until the kernel refuses.
       When all have been refused, each collects its children and ends with status 0. */
    fprintf(stderr, "nothing is done yet with %lu processes\n", (unsigned long)most);
    return 1;
}
