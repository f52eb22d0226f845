#include "course.h"

int main(void) {
    int child, status;
    if ((child = fork()) == 0) { say("1"); say("2"); _exit(0); }
    say("p");
    kill(child, SIGKILL);
    wait(&status);
    say(WIFSIGNALED(status) ? "K" : "E");
}
