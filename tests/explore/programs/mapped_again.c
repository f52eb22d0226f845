#include "course.h"
/* Children map a file of shared memory again: one stores, the other prints what it loads. */

static volatile char *map(void) {
    int file = shm_open("/simpsh-test-again", O_CREAT | O_RDWR, 0600);
    ftruncate(file, 4096);
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return memory;
}

static volatile char *map_again(void) {
    int file = shm_open("/simpsh-test-again", O_RDWR, 0);
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

int main(void) {
    volatile char *memory = map();
    *memory = '5';
    if (fork() == 0) { *map_again() = '7'; _exit(0); }
    if (fork() == 0) { say_char(*map_again()); _exit(0); }
    wait(NULL);
    wait(NULL);
    say_char(*memory);
    shm_unlink("/simpsh-test-again");
}
