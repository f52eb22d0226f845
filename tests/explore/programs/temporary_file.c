#include "course.h"

/* The name of the file differs in each run, and has no effect. */
int main(void) {
    char name[] = "/tmp/simpshXXXXXX", both[3] = "";
    int file = mkstemp(name);
    if (fork() == 0) { write(file, "c", 1); _exit(0); }
    write(file, "p", 1);
    wait(NULL);
    read(open(name, O_RDONLY), both, 2);
    unlink(name);
    say(both);
}
