#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int n = 0, ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t loop = fork();
    if (loop == -1)
        err(1, "fork");
    if (loop == 0) {  // in the loop's process
        char text[4];
        ssize_t count = read(read_end, text, sizeof text);
        for (int i = 0; i < count; i++)
            n += text[i] == '\n';
        (void)n;  // no other process has this n
        _exit(0);  // ① the loop has counted
    }
    if (write(write_end, "a\nb\n", 4) == -1)
        err(1, "write");
    waitpid(loop, NULL, 0);  // ② the shell waits
}
