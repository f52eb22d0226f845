// A handler calls exit(), which calls a function of the program: the memory that it uses is followed.
#include "../programs/course.h"

static int numbers[100];

static void print(void) {
    int sum = 0;
    for (int place = 0; place < 100; place++)
        sum += numbers[place];
    printf("%d\n", sum);
}

static void end(int signal) {
    (void)signal;
    exit(0);
}

int main(void) {
    atexit(print);
    signal(SIGUSR1, end);
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    for (int place = 0; place < 100; place++)
        numbers[place] = 1;
    for (;;)
        pause();
}
