#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int n = 0, ends[2];
    char text[4];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t stage = fork();
    if (stage == -1)
        err(1, "fork");
    if (stage == 0) {  // in the stage's process
        ssize_t count = read(read_end, text, sizeof text);
        for (int i = 0; i < count; i++)
            n += text[i] == '\n';
        _exit(0);
    }
    write(write_end, "a\nb\n", 4);
    waitpid(stage, NULL, 0);
    dprintf(1, "n is %d", n);
}
