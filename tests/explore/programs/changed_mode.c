#include "course.h"

int main(void) {
    struct stat now;
    if (fork() == 0) {
        fchmodat(AT_FDCWD, "data", 0600, 0);
        fchmodat(AT_FDCWD, "data", 0644, 0);
        _exit(0);
    }
    stat("data", &now);
    say((now.st_mode & 0777) == 0600 ? "6" : "-");
    wait(NULL);
}
