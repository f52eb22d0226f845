/* A child that only ends; the parent sees the end of file, and looks for a zombie. */
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    char byte;
    pipe(ends);
    if (fork() == 0) _exit(0);
    close(ends[1]);
    read(ends[0], &byte, 1);
    write(1, waitpid(-1, 0, WNOHANG) ? "z" : "-", 1);
    return 0;
}
