#define _GNU_SOURCE
#include "../programs/course.h"
#include <sched.h>

int main(void) { say(sched_getcpu() == 0 ? "0" : "1"); }
