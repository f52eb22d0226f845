#include "course.h"

int main(void) { say(kill(getppid(), SIGTERM) == -1 && errno == EPERM ? "refused" : "sent"); }
