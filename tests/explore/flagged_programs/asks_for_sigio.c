#include "course.h"

int main(void) {
    int ends[2];
    pipe(ends);
    if (fork() == 0) { write(ends[1], "a", 1); _exit(0); }
    fcntl(ends[0], F_SETFL, O_ASYNC);
    say("y");
    wait(NULL);
}
