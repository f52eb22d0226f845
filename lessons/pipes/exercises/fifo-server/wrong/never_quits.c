/* fails: ends */
#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FIFO\n", argv[0]);
        return 2;
    }
    char line[256];
    for (;;) {
        FILE *clients = fopen(argv[1], "r"); /* sleeps until there is a client */
        if (clients == NULL) {
            perror(argv[1]);
            return 1;
        }
        while (fgets(line, sizeof line, clients) != NULL) {
            if (strcmp(line, "quit") == 0)
                return 0;
            printf("got %s", line);
            fflush(stdout);
        }
        fclose(clients); /* no client is left: open it again */
    }
}
