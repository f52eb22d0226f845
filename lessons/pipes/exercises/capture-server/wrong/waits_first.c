/* fails: large */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    int ends[2], status, at_start = 1;
    if (argc < 2 || pipe(ends) == -1)
        return 2;
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    close(ends[1]);
    waitpid(pid, &status, 0); /* and if it cannot end, because the pipe is full? */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (char letter; read(ends[0], &letter, 1) == 1; at_start = letter == '\n')
        printf(at_start ? "| %c" : "%c", letter);
    return WEXITSTATUS(status);
}
