#include "course.h"

int main(void) { say(kill(0, SIGTERM) == -1 && errno == EPERM ? "refused" : "sent"); }
