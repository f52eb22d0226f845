#include "course.h"

int main(void) { say(getpid() & 1 ? "odd" : "even"); }
