#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MB 1048576

char *in_use(size_t size) {
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        err(1, "mmap");
    madvise(memory, size, MADV_NOHUGEPAGE);
    memset(memory, 'x', size);
    return memory;
}

long micros(clock_t start) {
    return (clock() - start) * 1000000 / CLOCKS_PER_SEC;
}

int main(void) {
    char *words[] = {"true", NULL}, *empty[] = {NULL};
    in_use(4 * MB);  // ① now every page is written to
    clock_t start = clock();
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        _exit(0);  // ② what has fork copied?
    }
    long forking = micros(start);
    start = clock();
    pid_t pid;
    int error = posix_spawn(&pid, "/bin/true", NULL, NULL, words, empty);
    if (error != 0)
        errx(1, "posix_spawn: %s", strerror(error));
    long spawning = micros(start);
    printf("%d %ld %ld\n", 4 * MB, forking, spawning);
    fflush(stdout);
    wait(NULL);
    wait(NULL);
}
