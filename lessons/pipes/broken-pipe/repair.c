#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    signal(SIGPIPE, SIG_IGN);  // Python does this at its start
    static char block[65536];
    char text[2];
    int ends[2], status;
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t sender = fork();
    if (sender == -1)
        err(1, "fork");
    if (sender == 0) {  // in the sender
        close(read_end);  // the sender does not read
        for (int i = 0; i < 20; i++)
            if (write(write_end, block, sizeof block) == -1)  // EPIPE
                continue;
        _exit(0);
    }
    close(write_end);
    read(read_end, text, 2);
    close(read_end);  // head has seen enough
    waitpid(sender, &status, 0);
    if (WIFEXITED(status))
        printf("code %d\n", WEXITSTATUS(status));
    fflush(stdout);
}
