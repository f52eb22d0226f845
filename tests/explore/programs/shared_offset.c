#include "course.h"

/* A descriptor from before fork: parent and child continue to read where the other one stopped. */
int main(void) {
    char text[2];
    int f = open("data", O_RDONLY), child = fork() == 0;
    text[0] = child ? 'c' : 'p';
    read(f, text + 1, 1);
    write(1, text, 2);
    if (!child) wait(NULL);
}
