/* Reads the clock before its first fork. */
#include <time.h>
#include <unistd.h>

int main(void) {
    if (time(0) % 2) write(1, "odd", 3);
    if (fork() == 0) write(1, "c", 1);
    return 0;
}
