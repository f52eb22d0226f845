/* A byte ends select, which stores the remaining time. */
#include "../programs/course.h"

int main(void)
{
    struct timeval left = {1000, 0};
    int ends[2];
    fd_set asked;
    pipe(ends);
    if (fork() == 0) {
        write(ends[1], "x", 1);
        _exit(0);
    }
    FD_ZERO(&asked);
    FD_SET(ends[0], &asked);
    int found = select(ends[0] + 1, &asked, NULL, NULL, &left);
    say(found == 1 && left.tv_sec > 700 ? "soon" : "late");
    wait(NULL);
    return 0;
}
