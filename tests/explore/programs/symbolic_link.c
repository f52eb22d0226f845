#include "course.h"

int main(void) {
    symlink("real", "alias");
    if (fork() == 0) { close(open("alias", O_CREAT | O_WRONLY, 0600)); _exit(0); }
    say(open("real", O_RDONLY) < 0 ? "n" : "y");
    wait(NULL);
}
