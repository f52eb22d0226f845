/* F_DUPFD closes no descriptor: its command number is 0, like the descriptor of the pipe here. */
#include "course.h"
#include <fcntl.h>

int main(void) {
    int ends[2];
    close(0);
    pipe(ends);
    if (fork() == 0) return 0;
    fcntl(1, F_DUPFD, 10);
    wait(NULL);
    return 0;
}
