#include "course.h"

int main(void) {
    printf("x\n");
    if (fork() == 0) { printf("c\n"); exit(0); }
    printf("p\n");
}
