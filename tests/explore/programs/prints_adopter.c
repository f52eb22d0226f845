/* Prints who its parent is when its parent has ended, or before. */
#include "course.h"

int main(void) {
    if (fork() == 0) {
        char text[20];
        write(1, text, sprintf(text, "%d", getppid()));
        _exit(0);
    }
}
