#include "course.h"

/* A descriptor from before fork: the second process writes after the text of the first. */
int main(void) {
    char bytes[9];
    int f = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (fork() == 0) { write(f, "ab", 2); _exit(0); }
    write(f, "cd", 2);
    wait(NULL);
    lseek(f, 0, SEEK_SET);
    int n = read(f, bytes, 9);
    write(1, bytes, n);
}
