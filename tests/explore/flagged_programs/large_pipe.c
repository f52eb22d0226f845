#include "course.h"

/* Two processes write; explore does not follow which one continues when there is room. */
static char bytes[50000];

int main(void) {
    int p[2], n, all = 0;
    pipe(p);
    if (fork() == 0) { close(p[0]); write(p[1], bytes, sizeof bytes); _exit(0); }
    if (fork() == 0) { close(p[0]); write(p[1], bytes, sizeof bytes); _exit(0); }
    close(p[1]);
    while ((n = read(p[0], bytes, sizeof bytes)) > 0) all += n;
    say(all == 2 * sizeof bytes ? "all" : "some");
    wait(NULL);
    wait(NULL);
}
