#include <errno.h>
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
    char *end;
    unsigned long most = strtoul(argv[1], &end, 10);
    if (argv[1][0] < '1' || argv[1][0] > '9' || *end != '\0' || most > 1000) {
        fprintf(stderr, "%s: %s: a number from 1 to 1000 is needed\n", argv[0], argv[1]);
        return 2;
    }
    // BEGIN SOLUTION
    int ends[2];
    if (setrlimit(RLIMIT_NPROC, &(struct rlimit){most, most}) == -1 || pipe(ends) == -1) {
        perror(argv[0]);
        return 1;
    }
    while (fork() != -1)
        continue;
    if (errno != EAGAIN) {
        perror("fork");
        return 1;
    }
    close(ends[1]);
    char byte;
    if (read(ends[0], &byte, 1) != 0) /* end of file: fork has failed in every process */
        return 1;
    while (wait(NULL) != -1 || errno != ECHILD) /* until no child is left */
        continue;
    return 0;
    // INSTEAD
    // /* Set a limit of this number of processes. Then let each process fork until the kernel refuses.
    //    When fork has failed in all, each collects its children and ends with status 0. */
    // fprintf(stderr, "nothing is done yet with %lu processes\n", most);
    // return 1;
    // END SOLUTION
}
