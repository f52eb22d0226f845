/* A child waits for its parent, and the parent for a signal. */
#include <unistd.h>

int main(void) {
    int ends[2];
    pipe(ends);
    if (fork() == 0) {
        char byte;
        read(ends[0], &byte, 1);
        _exit(0);
    }
    write(1, "w", 1);
    pause();
    return 0;
}
