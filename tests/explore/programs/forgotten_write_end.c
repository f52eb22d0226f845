#include "course.h"

int main(void) {
    int p[2], n;
    char bytes[9];
    pipe(p);
    if (fork() == 0) { write(p[1], "m", 1); _exit(0); }
    while ((n = read(p[0], bytes, 9)) > 0) write(1, bytes, n);
    say("never");
}
