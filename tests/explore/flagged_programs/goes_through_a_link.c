/* A directory in the path of a file is a link whose target changes. */
#include "../programs/course.h"

int main(void) {
    struct stat found;
    mkdir("1", 0700);
    mkdir("2", 0700);
    symlink("1", "current");
    if (fork() == 0) {
        symlink("2", "next");
        rename("next", "current");
        close(creat("2/file", 0600));
        _exit(0);
    }
    say(stat("current/file", &found) == 0 ? "y" : "n");
    wait(NULL);
}
