#include "course.h"
/* Without a reader, opening to write fails; the reader waits for a writer. */

int main(void) {
    mkfifo("f", 0600);
    if (fork() == 0) {
        int to = open("f", O_WRONLY | O_NONBLOCK);
        say(to >= 0 ? "w" : errno == ENXIO ? "-" : "?");
        if (to < 0) open("f", O_RDWR);
        _exit(0);
    }
    int from = open("f", O_RDONLY | O_NONBLOCK);
    char byte;
    int count = read(from, &byte, 1);
    say(count == 0 ? "e" : errno == EAGAIN ? "n" : "?");
    wait(NULL);
}
