#include "course.h"

int main(void) {
    int p[2];
    pipe(p);
    if (fork() == 0) { write(p[1], "x", 1); _exit(0); }
    struct pollfd one = {p[0], POLLIN, 0};
    say(poll(&one, 1, 0) == 1 ? "1" : "0");
    wait(NULL);
}
