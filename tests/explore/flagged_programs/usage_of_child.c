#include "../programs/course.h"
#include <sys/resource.h>

int main(void) {
    struct rusage used;
    if (fork() == 0) _exit(0);
    wait4(-1, NULL, 0, &used);
    say(used.ru_minflt > 0 ? "+" : "0");
}
