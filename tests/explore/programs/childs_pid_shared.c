#include "course.h"

/* The child's pid is stored in shared memory by its parent. */
int main(void) {
    volatile pid_t *child = mmap(NULL, sizeof *child, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = fork();
    if (pid == 0) { say(*child == getpid() ? "=" : "0"); _exit(0); }
    *child = pid;
    say(*child == pid ? "p" : "!");
    wait(NULL);
}
