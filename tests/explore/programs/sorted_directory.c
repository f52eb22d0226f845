#include "course.h"

#include <dirent.h>

/* The order in which a directory is listed does not matter to a program that sorts. */
int main(void) {
    struct dirent **found;
    close(creat("b", 0600));
    close(creat("a", 0600));
    scandir(".", &found, NULL, alphasort);
    if (fork() == 0) { say(found[2]->d_name); _exit(0); }
    say(found[3]->d_name);
    wait(NULL);
}
