#include "course.h"

int main(void) {
    char path[4096];
    mkdir("d", 0700);
    chdir("d");
    if (fork() == 0) {
        rmdir("../d");
        _exit(0);
    }
    say(getcwd(path, sizeof path) != NULL ? "y" : "n");
    wait(NULL);
}
