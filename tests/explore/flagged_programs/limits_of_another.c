#include "course.h"
#include <sys/resource.h>

int main(void) {
    struct rlimit limit = {7, 7};
    pid_t parent = getpid();
    if (fork() == 0) {
        prlimit(parent, RLIMIT_NOFILE, &limit, NULL);
        _exit(0);
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    say(limit.rlim_cur == 7 ? "y" : "n");
    wait(NULL);
}
