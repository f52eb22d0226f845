#include "course.h"
/* The handler writes into a pipe that select waits for: no signal is lost between two calls. */

static int ends[2];

static void note(int number) {
    (void)number;
    int kept = errno;
    write(ends[1], "s", 1);
    errno = kept;
}

int main(void) {
    pipe2(ends, O_NONBLOCK);
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    if (fork() == 0) { kill(getppid(), SIGUSR1); _exit(0); }
    int found;
    do {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(ends[0], &set);
        found = select(ends[0] + 1, &set, NULL, NULL, NULL);
    } while (found < 0 && errno == EINTR);
    char byte;
    say(read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) < 0 && errno == EAGAIN ? "s" : "?");
    wait(NULL);
}
