#include "course.h"
#include <sys/syscall.h>

/* A process that kills itself, or its own group, does not return from the call. */
static void kill_in_child(int way) {
    int child = fork(), status;
    if (child == 0) {
        setpgid(0, 0);
        if (way == 0) kill(getpid(), SIGKILL);
        if (way == 1) raise(SIGKILL);
        if (way == 2) kill(0, SIGKILL);
        if (way == 3) kill(0, SIGTERM);
        say("returned");
        _exit(0);
    }
    wait(&status);
    say(WIFSIGNALED(status) ? "K" : "E");
}

int main(void) {
    for (int way = 0; way < 4; way++)
        kill_in_child(way);
}
