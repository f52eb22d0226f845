#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(int file) {
    char piece[4096];
    off_t place = 0;
    int at_start = 1;
    /* pread, because the offset is the server's, too. */
    for (ssize_t got; (got = pread(file, piece, sizeof piece, place)) > 0; place += got)
        for (ssize_t i = 0; i < got; i++) {
            if (at_start)
                fputs("| ", stdout);
            putchar(piece[i]);
            at_start = piece[i] == '\n';
        }
    if (!at_start)
        putchar('\n');
}

int main(int argc, char *argv[]) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
        return 2;
    }
    FILE *captured = tmpfile(); /* whoever inherits it can go on writing */
    if (captured == NULL) {
        perror("tmpfile");
        return 1;
    }
    int file = fileno(captured);
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        dup2(file, 1);
        close(file);
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    show(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
