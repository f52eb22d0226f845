#include "course.h"

int main(void) {
    int pair[2];
    char byte;
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (fork() == 0) {
        close(pair[0]);
        write(pair[1], "x", 1);
        say(read(pair[1], &byte, 1) < 0 ? "reset" : "end");
        _exit(0);
    }
    close(pair[1]);
    close(pair[0]);
    wait(NULL);
}
