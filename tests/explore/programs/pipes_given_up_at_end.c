#include "course.h"

// The child's two pipes are released one after the other, the one of the highest descriptor first.
int main(void) {
    int low[2], high[2];
    if (pipe(low) || pipe(high))
        return 1;
    if (fork() == 0)
        _exit(0);
    close(low[1]);
    close(high[1]);
    struct pollfd ends[2] = {{low[0], POLLIN, 0}, {high[0], POLLIN, 0}};
    int ready = poll(ends, 2, -1);
    dprintf(1, "%d%d%d", ready, ends[0].revents != 0, ends[1].revents != 0);
}
