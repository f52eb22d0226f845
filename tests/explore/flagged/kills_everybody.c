#include "course.h"

int main(void) { say(kill(-1, SIGTERM) == -1 && errno == EPERM ? "refused" : "sent"); }
