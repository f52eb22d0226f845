#include "course.h"
#include <sys/resource.h>

/* The resource usage differs in each run, and has no effect. */
int main(void) {
    struct rusage used, own;
    if (fork() == 0) {
        say("c");
        _exit(3);
    }
    getrusage(RUSAGE_SELF, &own);
    int status, none = wait4(-1, &status, WNOHANG, &used) == 0;
    say(none ? "-" : "+");
    if (none) wait3(&status, 0, &used);
    say(WEXITSTATUS(status) == 3 && used.ru_stime.tv_usec < 1000000 && own.ru_maxrss >= 0 ? "3" : "x");
}
