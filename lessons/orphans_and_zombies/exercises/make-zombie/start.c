#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s wait|ignore|handler|twice STATUS\n", argv[0]);
        return 2;
    }
    int code = atoi(argv[2]);
    pid_t child = fork();
    if (child == 0)
        _exit(code);
    /* It will be a zombie. Show it if the way is `wait`, and get rid of it in each of four
       ways. */
    return 0;
}
