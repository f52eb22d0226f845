#include "course.h"
#include <sys/syscall.h>

int main(void) {
    if (fork() == 0) {
        if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) say("g");
        _exit(1);
    }
    while (wait(NULL) > 0)
        ;
}
