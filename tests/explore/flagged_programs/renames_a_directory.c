#include "course.h"

int main(void) {
    mkdir("old", 0700);
    close(creat("old/f", 0600));
    if (fork() == 0) {
        rename("old", "new");
        _exit(0);
    }
    say(access("old/f", F_OK) == 0 ? "y" : "n");
    wait(NULL);
}
