#include "course.h"

/* There is no reader: by default SIGPIPE kills the writer. */
int main(void) {
    int p[2], status;
    pipe(p);
    if (fork() == 0) { close(p[0]); write(p[1], "a", 1); say("1"); _exit(0); }
    close(p[0]);
    close(p[1]);
    wait(&status);
    say_status(status);
}
