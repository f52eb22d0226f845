#include "course.h"

int main(void) {
    int zero = open("/dev/zero", O_RDWR);
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
    if (fork() == 0) { *shared = 1; _exit(0); }
    say(*shared ? "1" : "0");
    wait(NULL);
}
