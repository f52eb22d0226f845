#define _GNU_SOURCE
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB 1048576

int main(void) {
    char *code = (char *)getpid;
    char *data = (char *)&global;
    long size = sysconf(_SC_PAGESIZE);
    char *block = malloc(3 * size);
    if (block == NULL)
        err(1, "malloc");
    char *heap = block + size;
    strcpy(heap, "draft");
    char *stack = program_invocation_name;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        data[0] = heap[0] = stack[0] = code[0];
        _exit(0);  // ① the child has written
    }
    waitpid(child, NULL, 0);
}
