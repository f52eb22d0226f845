/* select of Linux tells how much of its time is left. */
#include "../programs/course.h"

int main(void)
{
    int ends[2];
    struct timeval left = {1000, 0};
    fd_set set;
    if (pipe(ends) < 0)
        return 1;
    if (fork() == 0) {
        if (write(ends[1], "x", 1) != 1)
            _exit(1);
        _exit(0);
    }
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    int found = select(ends[0] + 1, &set, NULL, NULL, &left);
    say(found && left.tv_sec > 700 ? "soon" : "late");
    wait(NULL);
    return 0;
}
