/* The target of a link is changed after the link. */
#include "../programs/course.h"

int main(void) {
    struct stat found;
    close(creat("a", 0600));
    int b = creat("b", 0600);
    symlink("a", "current");
    if (fork() == 0) {
        symlink("b", "next");
        rename("next", "current");
        write(b, "3", 1);
        _exit(0);
    }
    stat("current", &found);
    say_char('0' + found.st_size);
    wait(NULL);
}
