#include "course.h"

/* A file that only one process has open may be renamed. */
int main(void) {
    char byte = '-';
    close(creat("new", 0600));
    if (fork() == 0) {
        int own = open("old", O_RDONLY);
        if (own >= 0) read(own, &byte, 1);
        say_char(byte);
        _exit(0);
    }
    int f = open("new", O_WRONLY);
    rename("new", "old");
    write(f, "x", 1);
    wait(NULL);
}
