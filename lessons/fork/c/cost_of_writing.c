/* What writing after fork costs. The demonstrations of cost_of_writing.py, in C. */
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

/* pages is not compared: it prints how many page faults there are, and Python has more than C. */

void pages(void) {
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

/* only_reading is about Python itself: to look at an object, Python writes its reference count.
   A C program that only reads writes nothing. */
