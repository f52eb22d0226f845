#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FIFO\n", argv[0]);
        return 2;
    }
    // BEGIN SOLUTION
    FILE *clients = fopen(argv[1], "r"); /* sleeps until there is a client */
    /* the program has a write end, too: end of file never comes */
    if (clients == NULL || open(argv[1], O_WRONLY) == -1) {
        perror(argv[1]);
        return 1;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, clients) != -1 && strcmp(line, "quit\n") != 0) {
        printf("got %s", line);
        if (fflush(stdout) == EOF) {
            perror("write");
            return 1;
        }
    }
    free(line);
    // INSTEAD
    // /* Print "got LINE" for each line that a client writes to the FIFO; quit ends the program. */
    // END SOLUTION
    return 0;
}
