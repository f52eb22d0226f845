/* A child is ended by a signal while it holds a pipe. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) { (void)count;
    int ends[2];
    char byte;
    pipe(ends);
    if (fork() == 0) {
        close(ends[0]);
        if (words[1][0] == 'p') {
            close(ends[0]);
            int other[2];
            pipe(other);
            close(other[0]);
            write(other[1], "x", 1);
        }
        raise(words[1][0] == 'k' ? SIGKILL : SIGTERM);
    }
    close(ends[1]);
    read(ends[0], &byte, 1);
    write(1, waitpid(-1, 0, WNOHANG) ? "z" : "-", 1);
    return 0;
}
