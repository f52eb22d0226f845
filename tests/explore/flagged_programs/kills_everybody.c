#include "course.h"

int main(void) { say(kill(-1, SIGURG) == -1 && errno == EPERM ? "refused" : "sent"); }
