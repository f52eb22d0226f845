#include "course.h"

// The child's two pipes are released one after the other, the one of the highest descriptor first.
int main(void) {
    int low[2], high[2];
    char byte;
    if (pipe(low) || pipe(high))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    if (fork() == 0)
        _exit(0);
    close(low[0]);
    close(high[1]);
    read(high[0], &byte, 1);
    say_char(write(low[1], "x", 1) < 0 ? '1' : '0');
}
