#include "course.h"

int main(void) {
    char path[64], target[64];
    pid_t child = fork();
    if (child == 0) {
        close(2);
        _exit(0);
    }
    snprintf(path, sizeof path, "/proc/%d/fd/2", child);
    say(readlink(path, target, sizeof target) > 0 ? "y" : "n");
    wait(NULL);
}
