#include "course.h"
#include <sys/syscall.h>

/* A process that kills itself does not return from the call. */
static void kill_in_child(int way) {
    int child = fork(), status;
    if (child == 0) {
        if (way == 0) kill(getpid(), SIGKILL);
        if (way == 1) raise(SIGKILL);
        say("returned");
        _exit(0);
    }
    wait(&status);
    say(WIFSIGNALED(status) ? "K" : "E");
}

int main(void) {
    for (int way = 0; way < 2; way++)
        kill_in_child(way);
}
