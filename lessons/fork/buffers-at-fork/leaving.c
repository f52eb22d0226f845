#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void handler(void) {
    write(1, "handler ", 8);
}

int main(void) {
    atexit(handler);
    printf("text ");
    exit(0);
}
