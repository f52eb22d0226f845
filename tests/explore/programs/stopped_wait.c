#include "course_stops.h"

#include <poll.h>
#include <time.h>

/* A stop breaks off a wait with a time limit; after SIGCONT the kernel continues the wait. */
int main(int argc, char **argv) {
    int status, ends[2];
    (void)argv;
    if (pipe(ends) < 0) return 1;
    pid_t child = fork();
    if (child == 0) {
        struct timespec left = {0, 20000000};
        struct pollfd input = {ends[0], POLLIN, 0};
        if (argc > 1) _exit(poll(&input, 1, 20));
        while (nanosleep(&left, &left) < 0) say("!");
        _exit(0);
    }
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    if (WIFSTOPPED(status)) {
        say("S");
        kill(child, SIGCONT);
        if (write(ends[1], "x", 1) < 0) return 1;
        waitpid(child, &status, 0);
    }
    say(WEXITSTATUS(status) ? "1" : "0");
}
