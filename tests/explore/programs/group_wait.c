#include "course.h"

int main(void) {
    int child = fork();
    if (child == 0) { say("c"); _exit(0); }
    setpgid(child, child);
    say(waitpid(-child, NULL, 0) == child ? "y" : "n");
    wait(NULL);
}
