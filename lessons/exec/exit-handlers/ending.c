#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void handler(void) {
    write(1, "handler ", 8);
}

void talk(void) {
    printf("text ");
}

int main(void) {
    atexit(handler);
    atexit(talk);
    exit(0);
}
