#include "course.h"
/* A child stores to a file that both share as memory; the parent looks at it in another way. */

static volatile char *look(int file, int type) {
    return mmap(NULL, 4096, PROT_READ, type, file, 0);
}

int main(int argc, char **argv) {
    const char *way = argv[1], *path = "/dev/shm/simpsh-test-otherwise";
    int file = open(path, O_CREAT | O_RDWR, 0600);
    ftruncate(file, 4096);
    volatile char *seen = strcmp(way, "private") ? NULL : look(file, MAP_PRIVATE);
    if (strcmp(way, "shared") == 0) seen = look(file, MAP_SHARED);
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (fork() == 0) { *memory = 'z'; _exit(0); }
    char got = 0;
    if (strcmp(way, "later") == 0) seen = look(file, MAP_SHARED);
    if (strcmp(way, "read") == 0) pread(file, &got, 1, 0);
    if (strcmp(way, "truncate") == 0) truncate(path, 4096);
    if (strcmp(way, "empty") == 0) open(path, O_RDWR | O_TRUNC);
    say((seen && *seen == 'z') || got == 'z' ? "z" : "-");
    wait(NULL);
    unlink(path);
}
