#include "course.h"

/* A write that has begun is finished even though the writer is already being killed. */
int main(void) {
    int child, status;
    if ((child = fork()) == 0) { say("1"); say("2"); _exit(0); }
    kill(child, SIGKILL);
    say("x");
    wait(&status);
    say(WIFSIGNALED(status) ? "K" : "E");
}
