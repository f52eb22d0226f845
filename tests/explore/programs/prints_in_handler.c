// A handler that prints may come while a stream of the interrupted code gets its buffer.
#include "../programs/course.h"

static void print(int signal) {
    (void)signal;
    printf("h\n");
}

int main(void) {
    signal(SIGUSR1, print);
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    printf("a\n");
    while (wait(NULL) < 0)
        ;
}
