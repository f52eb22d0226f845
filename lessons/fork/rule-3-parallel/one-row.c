#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int marks(const char *rows) {
    int parent = 0, child = 0;
    for (int i = 0; i < 4096; i++) {
        parent += rows[i] == '#';
        child += rows[4096 + i] == '#';
    }
    return parent < child ? parent : child;
}

/* Prints both rows from the child's first mark on. */
void print_a_piece(const char *rows) {
    const char *first = memchr(rows + 4096, '#', 4096 - 65);
    if (first == NULL)
        first = rows + 4096;
    printf("parent %.65s\n", first - 4096);
    printf("child  %.65s\n", first);
    printf("marks in the shorter row: %d\n", marks(rows));
}

int main(void) {
    struct timespec start, now;
    char *rows = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rows == MAP_FAILED)
        err(1, "mmap");
    memset(rows, '-', 8192);
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    char *mine = child == 0 ? rows + 4096 : rows;
    while (marks(rows) < 200) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        long tenths = (now.tv_sec - start.tv_sec) * 10000
                      + (now.tv_nsec - start.tv_nsec) / 100000;
        mine[tenths % 4096] = '#';
    }
    if (child == 0)  // in the child
        _exit(0);
    waitpid(child, NULL, 0);
    print_a_piece(rows);
}
