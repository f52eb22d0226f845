#include "course.h"
#include <sys/syscall.h>

int main(void) {
    if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) == 0) {
        close(2);
        _exit(0);
    }
    say(fcntl(2, F_GETFD) == 0 ? "y" : "n");
    wait(NULL);
}
