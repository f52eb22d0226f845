#include "course.h"

/* A handler counts SIGCHLD while two children are reaped in any order. */
static volatile sig_atomic_t count;
static void add(int signal) { (void)signal; count++; }

int main(void) {
    struct sigaction action = {.sa_handler = add, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    for (int child = 0; child < 2; child++)
        if (fork() == 0) _exit(0);
    while (wait(NULL) > 0) {}
    say(count == 2 ? "2" : "1");
}
