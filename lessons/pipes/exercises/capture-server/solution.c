#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
// BEGIN SOLUTION

/* Print the lines of the file; return whether all was read and written. */
static int show(int file) {
    char piece[4096];
    off_t place = 0;
    int at_start = 1;
    ssize_t got;
    /* pread, because the server shares the offset. */
    for (; (got = pread(file, piece, sizeof piece, place)) > 0; place += got)
        for (ssize_t i = 0; i < got; i++) {
            if (at_start)
                fputs("| ", stdout);
            putchar(piece[i]);
            at_start = piece[i] == '\n';
        }
    if (!at_start)
        putchar('\n');
    return got == 0 && fflush(stdout) == 0;
}

int main(int argc, char *argv[]) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
        return 2;
    }
    FILE *captured = tmpfile(); /* a process that inherits it can still write */
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
    if (!show(file)) {
        perror("output");
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
// INSTEAD
// int main(int argc, char *argv[]) {
//     int ends[2];
//     if (argc < 2) {
//         fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
//         return 2;
//     }
//     if (pipe(ends) == -1) {
//         perror("pipe");
//         return 1;
//     }
//     pid_t child = fork();
//     if (child == -1) {
//         perror("fork");
//         return 1;
//     }
//     if (child == 0) {
//         dup2(ends[1], 1);
//         close(ends[0]);
//         close(ends[1]);
//         execvp(argv[1], argv + 1);
//         perror(argv[1]);
//         _exit(127);
//     }
//     close(ends[1]);
//     /* Print what the command writes, and end when it has ended. */
//     char piece[4096];
//     while (read(ends[0], piece, sizeof piece) > 0)
//         continue;
//     return 0;
// END SOLUTION
}
