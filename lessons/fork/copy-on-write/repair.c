#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    char *page = mmap(NULL, 6, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    strcpy(page, "draft");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        sprintf(page, "%05ld", (long)clock() % 100000);
        write(1, page, 5);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    write(1, page, 5);
}
