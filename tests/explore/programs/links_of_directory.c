#include "course.h"

/* Each subdirectory increases the link count of its directory. */
int main(void) {
    struct stat found;
    mkdir("d", 0700);
    if (fork() == 0) {
        mkdir("d/e", 0700);
        _exit(0);
    }
    stat("d", &found);
    say(found.st_nlink == 2 ? "2" : found.st_nlink == 3 ? "3" : "?");
    wait(NULL);
}
