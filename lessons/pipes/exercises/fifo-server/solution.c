#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FIFO\n", argv[0]);
        return 2;
    }
    FILE *clients = fopen(argv[1], "r"); /* sleeps until there is a client */
    /* with a write end of our own, end of file never comes */
    if (clients == NULL || open(argv[1], O_WRONLY) == -1) {
        perror(argv[1]);
        return 1;
    }
    char line[256];
    while (fgets(line, sizeof line, clients) != NULL && strcmp(line, "quit\n") != 0) {
        printf("got %s", line);
        fflush(stdout);
    }
    return 0;
}
