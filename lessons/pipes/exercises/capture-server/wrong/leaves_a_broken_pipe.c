/* fails: unharmed */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    int ends[2], status, at_start = 1;
    if (argc < 2 || pipe2(ends, O_CLOEXEC) == -1)
        return 2;
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        dup2(ends[1], 1);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    struct pollfd ready[2] = {{.fd = ends[0], .events = POLLIN},
                              {.fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN}};
    do {
        poll(ready, 2, -1);
        char piece[4096];
        for (ssize_t got; (got = read(ends[0], piece, sizeof piece)) > 0;)
            for (ssize_t i = 0; i < got; at_start = piece[i++] == '\n')
                printf(at_start ? "| %c" : "%c", piece[i]);
    } while ((ready[1].revents & POLLIN) == 0);
    if (!at_start)
        putchar('\n');
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status); /* and who reads what the server writes? */
}
