#include "course.h"
#include <dirent.h>

/* fstat of a pipe is newfstatat with an empty path, which names no file of the directory. */
int main(void) {
    struct stat about;
    int ends[2];
    pipe(ends);
    if (fork() == 0) {
        readdir(opendir("."));
        fstat(ends[1], &about);
        say(S_ISFIFO(about.st_mode) ? "f" : "-");
        _exit(0);
    }
    readdir(opendir("."));
    fstat(ends[0], &about);
    say("p");
    wait(NULL);
}
