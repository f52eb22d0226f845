#include "course.h"

int main(void) {
    int p[2];
    char bytes[9];
    pipe(p);
    if (fork() == 0) { close(p[0]); write(p[1], "m", 1); say("c"); _exit(0); }
    close(p[1]);
    int n = read(p[0], bytes, 9);
    write(1, bytes, n);
    say("p");
    wait(NULL);
}
