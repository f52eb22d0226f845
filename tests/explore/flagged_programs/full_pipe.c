#include "course.h"

/* Sixteen pages fit. A read makes room for another one, if the writer sees it in time. */
static char bytes[70000];

int main(void) {
    int p[2];
    pipe(p);
    signal(SIGPIPE, SIG_IGN);
    if (fork() == 0) {
        close(p[0]);
        int n = write(p[1], bytes, sizeof bytes);
        say(n == 65536 ? "16" : n == 65536 + 4096 ? "17" : "?");
        _exit(0);
    }
    close(p[1]);
    read(p[0], bytes, 5000);
    close(p[0]);
    wait(NULL);
}
