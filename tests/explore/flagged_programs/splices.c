#include "course.h"

int main(void) {
    int p[2];
    pipe(p);
    if (fork() == 0) { write(p[1], "1", 1); _exit(0); }
    wait(NULL);
    splice(p[0], NULL, 1, NULL, 9, 0);
}
