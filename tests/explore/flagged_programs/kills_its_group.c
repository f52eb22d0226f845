#include "course.h"

int main(void) { say(kill(0, SIGURG) == -1 && errno == EPERM ? "refused" : "sent"); }
