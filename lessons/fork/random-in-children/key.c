#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints bytes as Python does. */
static void print_bytes(const char *who, const char *bytes, int count) {
    printf("%s b'", who);
    for (int i = 0; i < count; i++)
        printf(bytes[i] == '\0' ? "\\x00" : "%c", bytes[i]);
    printf("'\n");
    fflush(stdout);
}

int main(void) {
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
