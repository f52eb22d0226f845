#include "course.h"

/* The file exists completely or not at all. */
int main(void) {
    char byte = '-';
    if (fork() == 0) {
        int f = open("new", O_CREAT | O_WRONLY, 0600);
        write(f, "x", 1);
        close(f);
        rename("new", "f");
        _exit(0);
    }
    int f = open("f", O_RDONLY);
    if (f >= 0) read(f, &byte, 1);
    say_char(byte);
    wait(NULL);
}
