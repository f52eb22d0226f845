#define _GNU_SOURCE
#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB 1048576

int main(void) {
    volatile char *code = (volatile char *)getpid;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        code[0] = 'X';
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
