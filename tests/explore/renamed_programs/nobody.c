/* Nobody opens the other end of a FIFO, so that the child may wait for ever; a signal may end it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    int lock = open(argv[2], O_RDWR | O_CREAT | O_EXCL, 0600);
    mkfifo(argv[1], 0600);
    if (fork() == 0) {
        dprintf(1, "c");
        open(argv[1], O_RDONLY);
        _exit(0);
    }
    dprintf(1, "%s", lock < 0 ? "?" : argv[2]);
    wait(NULL);
}
