#include <err.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
