#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    int low[2], high[2];
    if (pipe(low) || pipe(high))
        return 1;
    if (fork() == 0) {
        close_range(3, ~0U, 0);
        _exit(0);
    }
    close(low[1]);
    close(high[1]);
    struct pollfd ends[2] = {{low[0], POLLIN, 0}, {high[0], POLLIN, 0}};
    printf("%d\n", poll(ends, 2, -1));
}
