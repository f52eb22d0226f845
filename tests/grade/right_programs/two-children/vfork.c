// right: vfork
// right: vfork, -O3 | cc -O3 -o $@ $<
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// The child borrows this frame, and writes to no variable of the parent.
static pid_t __attribute__((noinline)) child(const char *word) {
    pid_t pid = vfork();
    if (pid == 0)
        _exit(atoi(word));
    return pid;
}

int main(int count, char **words) {
    pid_t pids[2];
    if (count != 3)
        return 2;
    for (int i = 0; i < 2; i++)
        pids[i] = child(words[i + 1]);
    for (int i = 1; i >= 0; i--) {
        int status;
        waitpid(pids[i], &status, 0);
        dprintf(1, "%d %d\n", (int)pids[i], WEXITSTATUS(status));
    }
}
