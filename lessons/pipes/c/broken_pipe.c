/* A broken pipe. The demonstrations of broken_pipe.py, in C. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void yes_head(void) {
    char text[4096];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t yes = fork();
    if (yes == -1)
        err(1, "fork");
    if (yes == 0) {  // in yes
        close(read_end);  // yes does not read
        for (size_t i = 0; i < sizeof text; i += 2)
            memcpy(text + i, "y\n", 2);
        while (1)
            write(write_end, text, sizeof text);
    }
    close(write_end);
    read(read_end, text, 2);
    close(read_end);  // head has seen enough
    waitpid(yes, NULL, 0);
}

void in_python(void) {
    signal(SIGPIPE, SIG_IGN);  // Python does this at its start
    char text[4096];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t yes = fork();
    if (yes == -1)
        err(1, "fork");
    if (yes == 0) {  // in yes
        close(read_end);
        for (size_t i = 0; i < sizeof text; i += 2)
            memcpy(text + i, "y\n", 2);
        while (write(write_end, text, sizeof text) != -1)
            continue;
        _exit(errno == EPIPE ? 3 : 1);
    }
    close(write_end);
    close(read_end);
    waitpid(yes, NULL, 0);
}

void send_all(void) {
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
                _exit(1);
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
