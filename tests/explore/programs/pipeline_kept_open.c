#include "course.h"

/* The parent of a pipeline keeps both ends: its reader never sees the end. */
int main(void) {
    int p[2], n;
    char bytes[9];
    pipe(p);
    if (fork() == 0) { dup2(p[1], 1); close(p[0]); close(p[1]); say("m"); _exit(0); }
    if (fork() == 0) {
        dup2(p[0], 0);
        close(p[0]);
        close(p[1]);
        while ((n = read(0, bytes, 9)) > 0) write(1, bytes, n);
        _exit(0);
    }
    while (wait(NULL) > 0) {}
    say("end");
}
