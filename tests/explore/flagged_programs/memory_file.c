#include "course.h"

int main(void) {
    int file = memfd_create("shared", 0);
    if (fork() == 0) { write(file, "c", 1); _exit(0); }
    wait(NULL);
    say("p");
}
