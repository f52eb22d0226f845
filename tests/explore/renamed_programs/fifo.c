/* A child writes a word into a FIFO, from which the parent reads. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    char text[256] = "";
    mkfifo(argv[1], 0600);
    if (fork() == 0) {
        int f = open(argv[1], O_WRONLY);
        write(f, argv[2], strlen(argv[2]));
        write(1, "w", 1);
        _exit(0);
    }
    int f = open(argv[1], O_RDONLY);
    read(f, text, 255);
    dprintf(1, "(%s)", text);
    wait(NULL);
}
