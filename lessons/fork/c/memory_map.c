/* The map of a process's memory. The demonstrations of memory_map.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB 1048576

char *part_of(const void *address) {
    static char part[300];
    char line[300], rights[5], name[200];
    void *start, *end;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL)
        err(1, "/proc/self/maps");
    strcpy(part, "no part");
    while (fgets(line, sizeof line, maps) != NULL) {
        strcpy(name, "no name");
        if (sscanf(line, "%p-%p %4s %*s %*s %*s %199s", &start, &end,
                   rights, name) < 3)
            continue;
        if (start <= address && address < end)
            sprintf(part, "%s %s", rights, basename(name));
    }
    fclose(maps);
    return part;
}

int global = 1;

/* places is not compared: Python and C read the file in pieces of different sizes. */

void places(void) {
    char *small = malloc(100);
    char *large = malloc(64 * MB);
    if (small == NULL || large == NULL)
        err(1, "malloc");
    printf("function getpid: %s\n", part_of((void *)getpid));
    printf("global variable: %s\n", part_of(&global));
    printf("small block: %s\n", part_of(small));
    printf("large block: %s\n", part_of(large));
    printf("argv[0]: %s\n", part_of(program_invocation_name));
    fflush(stdout);
}

void write_to_code(void) {
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

void same_map(void) {
    char *code = (char *)getpid;
    char *data = (char *)&global;
    long size = sysconf(_SC_PAGESIZE);
    char *block = malloc(3 * size);
    if (block == NULL)
        err(1, "malloc");
    char *heap = block + size;
    strcpy(heap, "draft");
    char *stack = program_invocation_name;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        data[0] = heap[0] = stack[0] = code[0];
        _exit(0);  // ① the child has written
    }
    waitpid(child, NULL, 0);
}

void fill_a_page(void) {
    int rights = PROT_READ | PROT_WRITE;
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
