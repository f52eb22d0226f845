#include "course.h"

/* Two children write to one socket of a pair; what the parent writes back, the second one reads. */
int main(void) {
    int pair[2];
    char byte = 0;
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (fork() == 0) { close(pair[0]); write(pair[1], "a", 1); _exit(0); }
    if (fork() == 0) {
        close(pair[0]);
        write(pair[1], "b", 1);
        read(pair[1], &byte, 1);
        say(byte == '!' ? "!" : "?");
        _exit(0);
    }
    close(pair[1]);
    write(pair[0], "!", 1);
    while (read(pair[0], &byte, 1) == 1) write(1, &byte, 1);
    say(".");
    while (wait(NULL) > 0);
}
