#include "course.h"

/* A file that exists neither next to the directory nor next to its copy is not found. */
int main(void) {
    if (fork() == 0) { say(access("../no_such_file", F_OK) < 0 ? "-" : "+"); _exit(0); }
    say(open("../no_such_directory/file", O_RDONLY) < 0 ? "-" : "+");
    wait(NULL);
}
