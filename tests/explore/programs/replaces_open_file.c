#include "course.h"

/* A process that has the old file open does not read the new one. */
int main(void) {
    char byte;
    int made = creat("f", 0600);
    write(made, "0", 1);
    close(made);
    made = creat("g", 0600);
    write(made, "1", 1);
    close(made);
    if (fork() == 0) {
        rename("g", "f");
        say("r");
        _exit(0);
    }
    if (fork() == 0) {
        int f = open("f", O_RDONLY);
        say("o");
        read(f, &byte, 1);
        say_char(byte);
        _exit(0);
    }
    wait(NULL);
    wait(NULL);
}
