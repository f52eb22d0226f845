/* Copy-on-write. The demonstrations of copy_on_write.py, in C. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void one_page(void) {
    long size = sysconf(_SC_PAGESIZE);
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
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

void from_malloc(void) {
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

void of_code(void) {
    const volatile char *code = (const volatile char *)getpid;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    char first = code[0];
    if (child == 0) {  // in the child
        _exit(sizeof first);  // ① both have read
    }
    waitpid(child, NULL, 0);
}

void write_for_both(void) {
    char *page = mmap(NULL, 6, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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
