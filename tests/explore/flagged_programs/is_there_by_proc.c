#include "course.h"

int main(void) {
    char path[64];
    pid_t child = fork();
    if (child == 0) _exit(0);
    signal(SIGCHLD, SIG_IGN);
    snprintf(path, sizeof path, "/proc/%d/stat", child);
    say(access(path, F_OK) == 0 ? "y" : "n");
}
