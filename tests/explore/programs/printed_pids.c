#include "course.h"

int main(void) {
    int child;
    if ((child = fork()) == 0) { printf("c%d ", getpid()); exit(0); }
    printf("[p %d]", child);
    fflush(stdout);
    wait(NULL);
}
