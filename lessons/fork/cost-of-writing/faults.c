#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE sysconf(_SC_PAGESIZE)

char *in_use(size_t size) {
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        err(1, "mmap");
    madvise(memory, size, MADV_NOHUGEPAGE);
    memset(memory, 'x', size);
    return memory;
}

long faults(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

int main(void) {
    char *memory = in_use(400 * PAGE);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        long start = faults();
        // reads all 400 pages
        int found = memchr(memory, 'y', 400 * PAGE) != NULL;
        long reading = faults() - start;
        for (int i = 0; i < 100; i++)  // writes to 100 pages
            memory[i * PAGE] = 'z';
        long writing = faults() - start - reading;
        printf("reading: %ld writing: %ld\n", reading, writing);
        fflush(stdout);
        _exit(found);
    }
    waitpid(child, NULL, 0);
}
