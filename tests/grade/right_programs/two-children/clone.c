// right: clone with a stack of its own
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static int child(void *word) { return atoi(word); }

int main(int count, char **words) {
    const size_t size = 64 << 10;
    for (int i = 1; i < count; i++) {
        char *stack = malloc(size);
        if (clone(child, stack + size, SIGCHLD, words[i]) < 0)
            return 1;
    }
    for (int i = 1, status; i < count; i++) {
        pid_t pid = wait(&status);
        printf("%d %d\n", (int)pid, WEXITSTATUS(status));
    }
}
