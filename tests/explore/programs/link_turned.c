#include "course.h"
/* The child lets a link lead to b instead of a, while its parent reads where it leads. */

int main(void) {
    symlink("a", "link");
    symlink("b", "other");
    if (fork() == 0) { rename("other", "link"); _exit(0); }
    char text[2] = "?";
    readlinkat(AT_FDCWD, "link", text, 1);
    say(text);
    wait(NULL);
}
