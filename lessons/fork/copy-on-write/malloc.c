#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    long size = sysconf(_SC_PAGESIZE);
    char *block = malloc(3 * size);
    if (block == NULL)
        err(1, "malloc");
    char *page = block + size;
    strcpy(page, "draft");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        strcpy(page, "FINAL");  // ① before the write
        _exit(0);  // ② after the write
    }
    waitpid(child, NULL, 0);
}
