#include "course.h"

/* A loop that changes no memory, but ends because the file's offset moves. */
int main(void) {
    volatile char byte = 0;
    int f = open("data", O_RDONLY);
    if (fork() == 0) { say("c"); _exit(0); }
    while (waitpid(-1, NULL, WNOHANG) == 0) {
        if (read(f, (char *)&byte, 1) == 0) { say("x"); break; }
        byte = 0;
    }
    wait(NULL);
}
