#include "course.h"

int main(void) {
    int pair[2];
    char byte;
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    if (fork() == 0) { write(pair[1], "x", 1); _exit(0); }
    wait(NULL);
    read(pair[0], &byte, 1);
    say("p");
}
