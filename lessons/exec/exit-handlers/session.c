#include <stdlib.h>
#include <unistd.h>

void save(void) {
    write(1, "save ", 5);
}

void disconnect(void) {
    write(1, "disconnect ", 11);
}

int main(void) {
    atexit(disconnect);
    atexit(save);
    write(1, "work ", 5);
    exit(3);
}
