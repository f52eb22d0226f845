#include "course.h"

int main(void) {
    volatile char *flag = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) { say("c"); *flag = 1; _exit(0); }
    while (!*flag) sched_yield();
    say("p");
    wait(NULL);
}
