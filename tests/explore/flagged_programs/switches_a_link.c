/* A link is followed while its target changes. */
#include "../programs/course.h"

int main(void) {
    struct stat found;
    close(creat("a", 0600));
    close(creat("b", 0600));
    symlink("a", "current");
    if (fork() == 0) {
        unlink("current");
        symlink("b", "current");
        stat("b", &found);
        say(found.st_mode & 0100 ? "x" : "-");
        _exit(0);
    }
    chmod("current", 0700);
    wait(NULL);
}
