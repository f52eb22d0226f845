#include "course.h"

int main(void) { say(kill(getppid(), SIGURG) == -1 && errno == EPERM ? "refused" : "sent"); }
