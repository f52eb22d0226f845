#include "course.h"

/* Each write is a packet, which one read takes. */
int main(void) {
    int ends[2];
    pipe2(ends, O_DIRECT);
    if (fork() == 0) { write(ends[1], "a", 1); _exit(0); }
    write(ends[1], "b", 1);
    char bytes[2];
    say(read(ends[0], bytes, 2) == 2 ? "2" : "1");
    wait(NULL);
}
