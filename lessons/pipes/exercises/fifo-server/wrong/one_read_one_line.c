/* fails: both */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FIFO\n", argv[0]);
        return 2;
    }
    char text[512];
    ssize_t length;
    int clients = open(argv[1], O_RDWR); /* never end of file */
    while ((length = read(clients, text, sizeof text - 1)) > 0) {
        text[length] = '\0';
        if (strcmp(text, "quit\n") == 0)
            return 0;
        printf("got %s", text); /* as if it were one line */
        fflush(stdout);
    }
    return 1;
}
