#include "course.h"
#include <sys/resource.h>

int main(void) {
    pid_t parent = getpid();
    if (fork() == 0) {
        setpriority(PRIO_PROCESS, parent, 5);
        _exit(0);
    }
    say(getpriority(PRIO_PROCESS, 0) == 5 ? "y" : "n");
    wait(NULL);
}
