/* fails: processes */
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
    rlim_t most = strtoul(argv[1], NULL, 10);
    int ends[2];
    if (pipe(ends) == -1) {
        perror(argv[0]);
        return 1;
    }
    while (fork() != -1)
        setrlimit(RLIMIT_NPROC, &(struct rlimit){most - 1, most}); /* only its children */
    if (errno != EAGAIN)
        return 1;
    close(ends[1]);
    char byte;
    if (read(ends[0], &byte, 1) != 0) /* end of file: fork has failed in every process */
        return 1;
    while (wait(NULL) > 0)
        continue;
    return 0;
}
