#include "course.h"

int main(void) {
    pid_t child = fork();
    if (child == 0) {
        setsid();
        _exit(0);
    }
    say(getsid(child) == child ? "y" : "n");
    wait(NULL);
}
