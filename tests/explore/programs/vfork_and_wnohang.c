#include "course.h"

int main(void) {
    pid_t child = vfork();
    if (child == 0) _exit(0);
    say(waitpid(child, NULL, WNOHANG) == 0 ? "0" : "c");
}
