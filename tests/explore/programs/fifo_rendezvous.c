#include "course.h"
/* Opening a FIFO waits for its other end. */

int main(void) {
    char byte;
    mkfifo("f", 0600);
    if (fork() == 0) {
        say("a");
        int to = open("f", O_WRONLY);
        say("b");
        write(to, "x", 1);
        _exit(0);
    }
    say("1");
    int from = open("f", O_RDONLY);
    say("2");
    say(read(from, &byte, 1) == 1 && read(from, &byte, 1) == 0 ? "x" : "?");
    wait(NULL);
    unlink("f");
}
