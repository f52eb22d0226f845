#define _GNU_SOURCE
#include <err.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB 1048576

int main(void) {
    int rights = PROT_READ;
    char *page = mmap(NULL, 8, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        strcpy(page, "draft");
        write(1, page, 5);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
