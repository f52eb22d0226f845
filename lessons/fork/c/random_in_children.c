/* Random numbers in children. The demonstrations of random_in_children.py, in C. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* two_dice is not compared: random() of C draws other numbers than Python's generator. */

void two_dice(void) {
    srandom(1);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0) {  // in a child
            dprintf(1, "%ld ", random() % 1000000);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

/* Prints bytes as Python does. */
static void print_bytes(const char *who, const char *bytes, int count) {
    printf("%s b'", who);
    for (int i = 0; i < count; i++)
        printf(bytes[i] == '\0' ? "\\x00" : "%c", bytes[i]);
    printf("'\n");
    fflush(stdout);
}

void key(void) {
    long size = sysconf(_SC_PAGESIZE);
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        err(1, "mmap");
    if (madvise(page, size, MADV_WIPEONFORK) == -1)
        err(1, "madvise");
    memcpy(page, "key", 3);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        print_bytes("child: ", page, 3);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    print_bytes("parent:", page, 3);
}
