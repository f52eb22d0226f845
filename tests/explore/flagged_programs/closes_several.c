#include "../programs/course.h"

int main(void) {
    int low[2], high[2];
    char byte;
    if (pipe(low) || pipe(high))
        return 1;
    if (fork() == 0) {
        close_range(3, ~0U, 0);
        _exit(0);
    }
    close(low[1]);
    close(high[1]);
    read(low[0], &byte, 1);
    read(high[0], &byte, 1);
}
