#include <err.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char *page = mmap(NULL, 1, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    int one[2], other[2];
    if (pipe(one) == -1 || pipe(other) == -1)
        err(1, "pipe");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    char byte, loaded = page[0];
    write(child ? other[1] : one[1], ".", 1);
    read(child ? one[0] : other[0], &byte, 1);  // the other has loaded, too
    page[0] = loaded + 1;  // ① both processes have loaded
    if (child == 0)  // in the child
        _exit(0);
    waitpid(child, NULL, 0);
    printf("%d\n", page[0]);
    fflush(stdout);
}
