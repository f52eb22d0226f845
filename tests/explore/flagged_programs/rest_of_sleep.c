#include "../programs/course.h"

static void note(int signal) { (void)signal;}

int main(void) {
    struct timespec all = {4, 0}, left = {0, 0};
    pid_t parent = getpid();
    signal(SIGUSR1, note);
    if (fork() == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    if (nanosleep(&all, &left) < 0) say(left.tv_sec == 4 ? "4" : "-");
    wait(NULL);
}
