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
    for (int i = 0; i < rounds; i++)
        if (fork() == -1) {
            perror("fork");
            return 1;
        }
    while (wait(NULL) > 0)
        continue;
    return 0;
}
